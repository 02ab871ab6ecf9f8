"""Mathematics that notes and witnesses write in plain characters, as HTML: letters, indices, exponents, signs."""

import re
from collections.abc import Mapping
from html import escape

GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
]  # fmt: skip
LETTERS = dict(zip(GREEK, "αβγδεζηθικλμνξοπρστυφχψω", strict=True)) | {
    "elr": "η̃", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
SYMBOLS = LETTERS | {
    "lr": "η", "wd": "λ", "norm": "ρ", "norm_sq": "ρ²", "eff_grad": "g̃", "lo": "ℓ", "hi": "L",
}  # fmt: skip
"""What the papers write for the names that the engines and the code use."""
SIGNS = {
    "<=>": "⇔", "<->": "⇔", "<=": "≤", ">=": "≥", "!=": "≠", "=>": "⇒", "->": "→", "+-": "±", ">>": "≫", "<<": "≪",
}  # fmt: skip

_GREEK = "|".join(sorted(LETTERS, key=len, reverse=True))
_INDEX = r"\{[^{}]*\}|[A-Za-z0-9]{1,3}(?![A-Za-z0-9])"
_RAISED = r"\{[^{}]*\}|\([^()]*\)|[+-]?(?:\d+|[A-Za-z]{1,2}'*)(?![A-Za-z0-9])"
_PLAIN = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|(?P<id>\b[a-z]+:[A-Za-z0-9][\w.-]*\w)"
    r"|(?P<coq>\b[A-Z][A-Za-z]+\.[A-Za-z]\w+)"
    rf"|(?<![\w:'])(?<!\w-)(?P<letter>{_GREEK}|[A-Za-zα-ωΓΔΘΛΦΨΩℓ](?:~|\u0303)?)(?P<index>_(?:{_INDEX}))?(?P<primes>'+(?![A-Za-z]))?"
    rf"(?P<raised>\^(?:{_RAISED}))?(?![A-Za-z_])"
    rf"|(?<=[\w)|\]])(?P<power>\^(?:{_RAISED}))"
    r"|<(?P<pair>[A-Za-z](?:(?!->)[^<>=]){0,24}, ?[^<>=]{1,24})>"
    r"|(?P<sign>" + "|".join(map(re.escape, SIGNS)) + ")"
    r"|(?P<root>\bsqrt(?=\())|(?P<infinity>\boo\b)"
    r"|(?<![\w)\]}])\*(?P<stress>\w[^*]*)(?<=\w)\*(?![\w(\[-])"
)


def without_zeros(text: str) -> str:
    """A formula whose sums do not show the 0 that a program begins them from."""
    return re.sub(r"(?:^|(?<=\()|(?<=[=<>+,] )|(?<=and ))0 \+ (?=[\w(])", "", text)


def prose(text: str) -> str:
    """Turn words with mathematics in plain characters into HTML.

    Args:
        text: Words without dollars; code stands in backquotes, stress in stars.

    Returns:
        HTML: Greek letters, indices, exponents, primes and signs as they are written by hand; everything else is as it
        was, escaped. Ids of claims and names of Coq's are left alone.
    """
    text = without_zeros(text)
    pieces, end, closed = [], 0, 0
    for found in _PLAIN.finditer(text):
        part = found.groupdict()
        pieces.append(escape(text[end : found.start()], quote=False))
        if part["primes"] and len(part["letter"]) == 1 and _open_quotes(text[: found.start()]) > closed:
            closed += 1
            pieces += [_letter(part | {"primes": None, "raised": None}), part["primes"], part["raised"] or ""]
        else:
            pieces.append(_shown(part) or escape(found[0], quote=False))
        end = found.end()
    return "".join([*pieces, escape(text[end:], quote=False)])


def _open_quotes(before: str) -> int:
    """How many quotations are open, not counting ends after a single letter: there an apostrophe may be a prime."""
    return len(re.findall(r"(?<!\w)'(?=[\w$])", before)) - len(
        re.findall(r"(?<=\w[\w.,;!?)])'(?!\w)", before)
    )


def _shown(part: Mapping[str, str | None]) -> str:
    if part["letter"]:
        return _letter(part)
    if part["power"]:
        return _raised(part["power"])
    if part["pair"]:
        return f"⟨{prose(part['pair'])}⟩"
    if part["sign"]:
        return SIGNS[part["sign"]]
    if part["stress"]:
        return f"<em>{prose(part['stress'])}</em>"
    if code := part["code"] or part["coq"]:
        return f"<code>{escape(code, quote=False)}</code>"
    return "√" if part["root"] else "∞" if part["infinity"] else ""


def _letter(part: Mapping[str, str | None]) -> str:
    """A letter with its index, primes and exponent; a bare Latin one is a word, or no business of ours."""
    letter = str(part["letter"])
    shown = LETTERS.get(letter) or letter.replace("~", "\u0303")
    if part["index"]:
        shown += f"<sub>{prose(part['index'][1:].strip('{}'))}</sub>"
    if part["primes"]:
        shown += "′" * len(part["primes"])
    return shown + (_raised(part["raised"]) if part["raised"] else "")


def _raised(power: str) -> str:
    inside = power[1:]
    inside = inside[1:-1] if inside[0] in "{(" else inside
    return f"<sup>{prose(inside).replace('-', '−')}</sup>"


def in_symbols(witness: Mapping[str, str]) -> dict[str, str]:
    """A witness under the papers' symbols: the engines' names are those of the code."""
    names = "|".join(sorted(SYMBOLS, key=len, reverse=True))
    word = re.compile(rf"(?<![A-Za-z])({names})(?![A-Za-z])")
    return {word.sub(lambda match: SYMBOLS[match[1]], name): value for name, value in witness.items()}
