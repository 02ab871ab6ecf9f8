"""Vectors of any dimension, and random variables with second moments, in a statement over the reals.

A statement on k vectors that speaks of their inner products alone is one on the k (k + 1) / 2 numbers of their Gram
matrix. A symmetric matrix is the Gram matrix of k vectors of R^n, for every n >= k, if and only if no principal minor
of it is negative; for n < k the minors of size n + 1 vanish besides. So the facts ``real`` make a statement that is
proved true in every dimension. A counterexample is one of real vectors, whether the facts are given or not: products
that no vectors have are no point of the statement. The same holds for random variables, with E[x y] as inner product:
what is uncorrelated is orthogonal.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, combinations_with_replacement
from numbers import Rational
from typing import Any

import z3

from proofs_check.statements.language import checked, checked_name

MOST = 5
"""Vectors in one space: a Gram matrix of k has 2^k - 1 principal minors, of degree up to k."""
PRODUCT = re.compile(r"(?P<first>\w+?)_dot(?P<dimension>[1-9]\d*)?_(?P<second>[^\W\d]\w*)")
"""The name of an inner product, with the dimension of the space if it is a given one."""


@dataclass(frozen=True, eq=False, repr=False)
class Vector:
    """A combination of a space's vectors; ``x @ y`` is the inner product, a real term.

    Attributes:
        space: whose vectors it combines.
        coefficients: a rational number or a real term for each name; those that are left out are 0.
    """

    space: "Vectors"
    coefficients: Mapping[str, Any]

    def __add__(self, other: Any) -> "Vector":
        """Return the sum of two vectors; the number 0 is the zero vector, so that Python's ``sum`` works."""
        if isinstance(other, Rational) and other == 0:
            return self
        if not isinstance(other, Vector) or other.space is not self.space:
            raise TypeError(f"need a vector of the same space, got {other!r}")
        names = dict.fromkeys((*self.coefficients, *other.coefficients))
        return Vector(self.space, {n: _sum(self._of(n), other._of(n)) for n in names})

    def __sub__(self, other: Any) -> "Vector":
        """Return the difference of two vectors."""
        return self + (-1) * other

    def __mul__(self, factor: Any) -> "Vector":
        """Return the vector times a rational number or a real term."""
        number = _number(factor)
        return Vector(self.space, {n: _product(number, c) for n, c in self.coefficients.items()})

    def __truediv__(self, divisor: Any) -> "Vector":
        """Return the vector divided by a rational number or a real term."""
        if isinstance(divisor, Rational):
            return self * (1 / Fraction(divisor))
        return Vector(self.space, {n: _term(c) / _number(divisor) for n, c in self.coefficients.items()})

    def __eq__(self, other: Any) -> Any:
        """Return the fact that two vectors are equal: that their difference has length 0."""
        if not isinstance(other, Vector) and not (isinstance(other, Rational) and other == 0):
            raise TypeError(f"need a vector of the same space, got {other!r}")
        difference = self - other
        return difference @ difference == 0

    def __ne__(self, other: Any) -> Any:
        """Return the fact that two vectors differ."""
        return z3.Not(self == other)

    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> "Vector":
        """Return the opposite vector."""
        return self * -1

    def __matmul__(self, other: Any) -> Any:
        """Return the inner product, by the space's Gram matrix."""
        if not isinstance(other, Vector) or other.space is not self.space:
            raise TypeError(f"need a vector of the same space, got {other!r}")
        terms = dict[str, Any]()
        for a, left in self.coefficients.items():
            for b, right in other.coefficients.items():
                name = str(self.space.product(a, b))
                terms[name] = _sum(terms.get(name, 0), _product(left, right))
        total: Any = 0
        for name, coefficient in terms.items():
            total = _sum(total, _product(coefficient, z3.Real(name)))
        return _term(total)

    def __pow__(self, power: Any) -> Any:
        """Refuse: a power of a vector is one of its length.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"need x @ x for the square of a vector's length, got x ** {power}")

    def __abs__(self) -> Any:
        """Refuse: a length is a root.

        Raises:
            TypeError: Always.
        """
        raise TypeError("need a vector's length as root(x @ x, name), got abs(x)")

    def __repr__(self) -> str:
        """Return the combination in words."""
        return " + ".join(f"{c}*{n}" for n, c in self.coefficients.items()) or "0"

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> "Vector":
        """Return the difference, for ``0 - x``."""
        return -self + other

    def _of(self, name: str) -> Any:
        return self.coefficients.get(name, 0)


@dataclass(frozen=True)
class Vectors:
    """Vectors of one space of any dimension; ``x, g = Vectors("x g")`` names them.

    Attributes:
        names: of the vectors, separated by spaces; the inner product of x and g is the variable ``x_dot_g``, in
            the plane ``x_dot2_g``. Two spaces with a name in common, of one dimension, have that vector in common.
        dimension: of the space, for a statement about that one alone; every dimension if None.
    """

    names: str
    dimension: int | None = None

    def __post_init__(self) -> None:
        each = self.names.split()
        if not 1 <= len(each) <= MOST or len(set(each)) != len(each):
            raise ValueError(f"need one to {MOST} vectors of different names, got {self.names!r}")
        for name in each:
            checked_name(name)
            if re.search(
                r"_dot\d*_", f"_{name}_"
            ):  # u_dot_v is the product of u and v, in any other space too
                raise ValueError(f"need names of vectors without dot as a word, got {name!r}")
        if self.dimension is not None and (type(self.dimension) is not int or self.dimension < 1):
            raise ValueError(f"need a whole dimension >= 1, got {self.dimension!r}")

    def __iter__(self) -> Iterator[Vector]:
        """Give the vectors in order.

        Yields:
            Each vector.
        """
        yield from (Vector(self, {name: 1}) for name in self.names.split())

    def product(self, a: str, b: str) -> Any:
        """Return the variable that is the inner product of two named vectors."""
        first, second = sorted((a, b), key=self.names.split().index)
        return z3.Real(f"{first}_dot{self.dimension or ''}_{second}")

    @cached_property
    def real(self) -> tuple[Any, ...]:
        """The facts that make the Gram matrix one of real vectors, of the space's dimension; for ``given``."""
        names = self.names.split()
        named = {
            frozenset((a, b)): str(self.product(a, b)) for a, b in combinations_with_replacement(names, 2)
        }
        return _Products(tuple(names), self.dimension, named).facts()


@dataclass(frozen=True)
class _Products:
    """The inner products among some variables, of vectors of one space that they join."""

    vectors: tuple[str, ...]
    dimension: int | None
    names: Mapping[frozenset[str], str]

    def name(self, a: str, b: str) -> str:
        first, second = sorted((a, b), key=self.vectors.index)
        return self.names.get(frozenset((a, b)), f"{first}_dot{self.dimension or ''}_{second}")

    def facts(self) -> tuple[Any, ...]:
        """No principal minor of the Gram matrix is negative, and none larger than the dimension is other than 0."""
        most = len(self.vectors) if self.dimension is None else self.dimension
        entry = lambda a, b: z3.Real(self.name(a, b))  # noqa: E731
        chosen = (some for k in range(1, len(self.vectors) + 1) for some in combinations(self.vectors, k))
        minors = ((len(some), _determinant(some, some, entry)) for some in chosen)
        return tuple(minor >= 0 if k <= most else minor == 0 for k, minor in minors)

    def exist(self, point: Mapping[str, Fraction]) -> bool:
        """Whether real vectors with the values of a point are found: by elimination, in exact fractions."""
        known = {n: point.get(self.name(n, n)) for n in self.vectors}
        bound = 1 + sum(abs(point[n]) for n in self.names.values())
        long = (len(known) * bound) ** 4  # a length that nothing bounds

        def entry(a: str, b: str, through: str | None) -> Fraction:
            lacking = Fraction(long) if a == b else Fraction(0)
            if through is not None and a != b and known[through]:
                lacking = entry(a, through, None) * entry(through, b, None) / Fraction(known[through] or 1)
            return point.get(self.name(a, b), lacking)

        ways = ([[entry(a, b, t) for b in known] for a in known] for t in (None, *known))
        return any(_is_gram(rows, self.dimension) for rows in ways)


def _joined(names: Iterable[str]) -> list[_Products]:
    found = [match for name in names if (match := PRODUCT.fullmatch(name))]
    pairs: dict[frozenset[str], str] = {}
    dimensions: dict[str, str | None] = {}
    groups: list[set[str]] = []
    for match in found:
        pair = frozenset(match.group("first", "second"))
        if pairs.setdefault(pair, match[0]) != match[0]:
            raise ValueError(f"need one name for one inner product, got {pairs[pair]} and {match[0]}")
        each = match.group("first", "second")
        if clash := [n for n in each if dimensions.setdefault(n, match["dimension"]) != match["dimension"]]:
            raise ValueError(f"need one space for a vector, got two dimensions of {clash[0]}")
        near = [group for group in groups if group & pair]
        groups = [*(group for group in groups if group not in near), set(pair).union(*near)]
    behind = Counter(
        match["second"] for match in found
    )  # of a whole space, how many vectors it names before one
    return [
        _Products(
            tuple(sorted((name for name in dimensions if name in group), key=behind.__getitem__)),
            int(d) if (d := dimensions[min(group)]) else None,
            {pair: name for pair, name in pairs.items() if pair <= group},
        )
        for group in groups
    ]


def vectors_of(names: Iterable[str]) -> set[str]:
    """The vectors of which a product is among some variables."""
    return {v for n in names if (match := PRODUCT.fullmatch(n)) for v in match.group("first", "second")}


def gram_facts(names: Iterable[str]) -> tuple[Any, ...]:
    """The facts that make the inner products among some variables those of real vectors.

    Args:
        names: of the variables. Products that are not among them may occur in the facts.

    Returns:
        The facts; none on more than five vectors that products join.

    Raises:
        ValueError: If one product has two names, or one vector two spaces.
    """  # noqa: DOC502  raised by what it calls
    return tuple(f for some in _joined(names) if len(some.vectors) <= MOST for f in some.facts())


def folded(given: Sequence[Any], names: Iterable[str]) -> list[Any]:
    """Some facts with words, such as ``vectors(x, g)``, in the place of all those that make products real.

    Args:
        given: facts; where some of a space's are missing, the others stay.
        names: of their variables.
    """
    left = list(given)
    for some in _joined(names):
        facts = some.facts() if len(some.vectors) <= MOST else ()
        places = [
            next((i for i, one in enumerate(left) if z3.is_expr(one) and z3.eq(one, f)), None) for f in facts
        ]
        if facts and None not in places:
            at = min(i for i in places if i is not None)
            where = "" if some.dimension is None else f"; dimension {some.dimension}"
            left[at] = f"vectors({', '.join(some.vectors)}{where})"
            left = [one for i, one in enumerate(left) if i == at or i not in places]
    return left


def of_vectors(point: Mapping[str, Fraction]) -> bool:
    """Whether real vectors with the inner products of a point are found.

    Args:
        point: a value for each variable; what is no product is passed over. Of a product that it lacks, a few
            values are tried, so that False may say that none was found.

    Raises:
        ValueError: As for ``gram_facts``.
    """  # noqa: DOC502  raised by what it calls
    return all(some.exist(point) for some in _joined(point))


def _is_gram(rows: Sequence[Sequence[Fraction]], dimension: int | None) -> bool:
    """Whether a symmetric matrix has no negative eigenvalue and at most the rank: by elimination, pivot by pivot."""
    left = [list(row) for row in rows]
    rank = 0
    while left:
        pivot = next((i for i, row in enumerate(left) if row[i] != 0), None)
        if pivot is None:
            return not any(any(row) for row in left)
        of = left[pivot]
        rank += 1
        if of[pivot] < 0 or (dimension is not None and rank > dimension):
            return False
        keep = [i for i in range(len(left)) if i != pivot]
        left = [[left[i][j] - left[i][pivot] * of[j] / of[pivot] for j in keep] for i in keep]
    return True


def _determinant(rows: tuple[str, ...], columns: tuple[str, ...], entry: Callable[[str, str], Any]) -> Any:
    first, *others = rows
    if not others:
        return entry(first, columns[0])
    total: Any = 0
    for i, column in enumerate(columns):
        rest = _determinant(tuple(others), (*columns[:i], *columns[i + 1 :]), entry)
        total = _sum(total, _product((-1) ** i, entry(first, column) * rest))
    return total


def _number(value: Any) -> Any:
    if isinstance(value, Rational) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, Vector):
        raise TypeError("need x @ y for an inner product, got x * y of two vectors")
    return checked(value, z3.Z3_REAL_SORT)


def _term(value: Any) -> Any:
    return z3.RealVal(Fraction(value)) if isinstance(value, Rational) else value


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, Rational) and isinstance(b, Rational):
        return a + b
    return (
        b
        if isinstance(a, Rational) and a == 0
        else a
        if isinstance(b, Rational) and b == 0
        else _term(a) + _term(b)
    )


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, Rational) and isinstance(b, Rational):
        return a * b
    if any(isinstance(one, Rational) and one == 0 for one in (a, b)):
        return 0
    if isinstance(a, Rational) and a == -1:
        return -_term(b)
    return (
        b
        if isinstance(a, Rational) and a == 1
        else a
        if isinstance(b, Rational) and b == 1
        else _term(a) * _term(b)
    )


_times = z3.ArithRef.__mul__


def _term_times(term: Any, other: Any) -> Any:
    """A term times a vector is for the vector to say, so that a formula reads ``lr * g`` for both."""
    return NotImplemented if isinstance(other, Vector) else _times(term, other)


z3.ArithRef.__mul__ = _term_times
