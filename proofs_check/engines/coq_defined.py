"""Where a statement in Coq's words has no value: divisors that may vanish, roots and logarithms of negative numbers.

Coq's division is total, so its kernel proves of ``x / 0`` what it likes. A tactic walks the statement as a reader does,
from the left, with what was met before it as known, and tries to show of each divisor that it is not zero. It decides
nothing that the kernel does; it can only take an answer away. The same run looks whether the hypotheses contradict.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

TACTICS = r"""
Definition well {A : Type} (a : A) : Prop := True.
Definition inside : Prop := True.
Definition entered {A : Type} (a : A) : Prop := True.
Lemma enter {A : Type} (B : A -> Prop) (P : Prop) : (forall x : A, B x) -> @well Prop P. Proof. intros; exact I. Qed.
{lemma sums}Lemma inner (q : R) : 1 - (1 - q) = q. Proof. ring. Qed.
Lemma ratio_below (a b : R) (n : nat) : 0 <= a -> a < b -> (0 < n)%nat -> a ^ n / b ^ n < 1.
Proof.
  intros Ha Hb Hn. assert (B : 0 < b) by lra. assert (P : 0 < b ^ n) by (apply pow_lt; exact B).
  apply Rmult_lt_reg_r with (b ^ n); [exact P|].
  unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_1_l by lra. destruct n as [|m]; [lia|]. simpl.
  assert (a ^ m <= b ^ m) by (apply pow_incr; lra). assert (0 < b ^ m) by (apply pow_lt; exact B).
  apply Rle_lt_trans with (a * b ^ m); [apply Rmult_le_compat_l; lra|apply Rmult_lt_compat_r; lra].
Qed.
Ltac head t := lazymatch t with ?f _ => head f | _ => t end.
{recursions}Lemma so_far (B : nat -> Prop) :
  (forall t : nat, (forall k : nat, (k < t)%nat -> B k) -> @well Prop (B t)) -> @well Prop (forall t : nat, B t).
Proof. intros; exact I. Qed.

Ltac spread := repeat match goal with
  | H : forall x, _ /\ _ |- _ => pose proof (fun x => proj1 (H x)); pose proof (fun x => proj2 (H x)); clear H
  | H : forall x y, _ /\ _ |- _ => pose proof (fun x y => proj1 (H x y)); pose proof (fun x y => proj2 (H x y)); clear H
  | H : forall x y z, _ /\ _ |- _ =>
      pose proof (fun x y z => proj1 (H x y z)); pose proof (fun x y z => proj2 (H x y z)); clear H
  end.
Ltac absent P := lazymatch goal with _ : P |- _ => fail | _ => idtac end.
Ltac added h := let P := type of h in let P := eval cbv beta in P in lazymatch P with
  | (?a < ?b)%nat -> _ => let g := constr:(ltac:(lia) : (a < b)%nat) in added (h g)
  | (?a <= ?b)%nat -> _ => let g := constr:(ltac:(lia) : (a <= b)%nat) in added (h g)
  | _ => absent P; assert P by exact h
  end.
Ltac instances := repeat match goal with
  | H : forall _ : nat, _ |- context [_ ?x] =>
      let T := type of x in constr_eq T nat; match x with context [?v] => is_var v end; added (H x)
  | H : forall _ : R, _ |- context [?f ?x] => is_var f; let T := type of x in constr_eq T R; added (H x)
  end; repeat match goal with H : ?P -> _, G : ?P |- _ =>
    let T := type of P in constr_eq T Prop; specialize (H G) end.
Ltac pieces := repeat match goal with
  | H : _ /\ _ |- _ => destruct H
  | H : exists _, _ |- _ => destruct H
  | H : ?a > ?b |- _ => change (b < a) in H
  | H : ?a ^ 2 <= _ |- _ => lazymatch goal with _ : 0 <= a ^ 2 |- _ => fail | _ => pose proof (pow2_ge_0 a) end
  | H : context [sqrt ?a] |- _ => lazymatch goal with _ : 0 <= sqrt a |- _ => fail | _ => pose proof (sqrt_pos a) end
  | H : 0 < ?a, G : 0 < ?b |- context [?a * ?b] =>
      lazymatch goal with _ : 0 < a * b |- _ => fail | _ => pose proof (Rmult_lt_0_compat a b H G) end
  end.
Ltac numbers t := lazymatch t with
  | Rplus ?a ?b => numbers a; numbers b
  | Rminus ?a ?b => numbers a; numbers b
  | Rmult ?a ?b => numbers a; numbers b
  | Rdiv ?a ?b => numbers a; numbers b
  | Ropp ?a => numbers a
  | Rinv ?a => numbers a
  | Rabs ?a => numbers a
  | sqrt ?a => numbers a
  | exp ?a => numbers a
  | cos ?a => numbers a
  | sin ?a => numbers a
  | ln ?a => numbers a
  | tan ?a => numbers a
  | atan ?a => numbers a
  | sinh ?a => numbers a
  | cosh ?a => numbers a
  | tanh ?a => numbers a
  | Rpower ?a ?b => numbers a; numbers b
  | pow ?a _ => numbers a
  | PI => idtac
  | IZR _ => idtac
  | INR _ => idtac
  | ?x => is_var x
  end.
Ltac positive := first [assumption | lra | match goal with
  | |- 0 < ?a * ?b => apply Rmult_lt_0_compat; positive
  | |- 0 < ?a / ?b => apply Rdiv_lt_0_compat; positive
  | |- 0 < ?a ^ _ => apply pow_lt; positive
  | |- 0 < ?a ^ 2 => apply pow2_gt_0; nonzero
  | |- 0 < / _ => apply Rinv_0_lt_compat; positive
  | |- 0 < sqrt _ => apply sqrt_lt_R0; positive
  | |- 0 < exp _ => apply exp_pos
  | |- 0 < ?a - 0 => rewrite Rminus_0_r; positive
  | |- 0 < PI => exact PI_RGT_0
  | |- 0 < INR _ => apply lt_0_INR; lia
  | |- 0 < Rabs _ => apply Rabs_pos_lt; nonzero
  | |- 0 < ln ?a => rewrite <- ln_1; apply ln_increasing; [lra | below]
  | |- 0 < - ln ?a => apply Ropp_0_gt_lt_contravar; rewrite <- ln_1; apply ln_increasing; [positive | below]
{positive sums}  | |- 0 < ?a + ?b => first [apply Rplus_lt_le_0_compat; [positive | nonnegative]
      | apply Rplus_le_lt_0_compat; [nonnegative | positive]]
  | |- _ => known
  | |- _ => hard
  end]
with nonnegative := first [assumption | lra | match goal with
  | |- 0 <= ?a ^ 2 => apply pow2_ge_0
  | |- 0 <= ?a * ?a => apply Rle_0_sqr
  | |- 0 <= ?a * ?b => apply Rmult_le_pos; nonnegative
  | |- 0 <= ?a / ?b => apply Rmult_le_pos; [nonnegative | left; apply Rinv_0_lt_compat; positive]
  | |- 0 <= ?a ^ _ => apply pow_le; nonnegative
  | |- 0 <= sqrt _ => apply sqrt_pos
  | |- 0 <= Rabs _ => apply Rabs_pos
  | |- 0 <= INR _ => apply pos_INR
{nonnegative sums}  | |- 0 <= ?a + ?b => apply Rplus_le_le_0_compat; nonnegative
  | |- _ => known
  | |- _ => left; positive
  | |- _ => hard
  end]
with nonzero := first [assumption | match goal with
  | |- ?a * ?b <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
  | |- ?a / ?b <> 0 => apply Rmult_integral_contrapositive_currified;
      [nonzero | apply Rinv_neq_0_compat; nonzero]
  | |- ?a ^ _ <> 0 => apply pow_nonzero; nonzero
  | |- / _ <> 0 => apply Rinv_neq_0_compat; nonzero
  | |- - ln _ <> 0 => apply Rgt_not_eq; red; positive
  | |- - _ <> 0 => apply Ropp_neq_0_compat; nonzero
  | |- _ => known
  end | apply Rgt_not_eq; red; positive | apply Rlt_not_eq; lra | apply Rlt_not_eq; red; hard
  | let e := fresh in intro e; lra]
with known := first [fail{known}]
with side := first [assumption | lia | match goal with
  | |- forall _, _ => intro; cbv beta; instances; pieces; side
  | |- _ <> 0 => nonzero
  | |- 0 < _ => positive
  | |- 0 <= _ => nonnegative
  end]
with below := first [lra | match goal with
  | |- ?a ^ _ / ?b ^ _ < 1 => apply ratio_below; [nonnegative | lra | lia]
  | |- ?a / ?b < 1 => apply (proj1 (Rlt_div_l a 1 b ltac:(red; positive))); below
  | |- _ => hard
  end]
with hard := lazymatch goal with
  | |- ?a < ?b => numbers a; numbers b
  | |- 0 <= ?b => numbers b
  end; timeout 60 nra.
Ltac by_facts := instances; pieces; try rewrite !inner; solve [first [nonzero | positive | nonnegative]].
Ltac climb := repeat (spread; match goal with
  | H : forall k : nat, ?s (S k) = _ |- context [?s _] =>
      absent (forall k, 0 < s k);
      let k := fresh "k" in let I := fresh in
      assert (forall k, 0 < s k) by (intro k; induction k as [|k I]; [|rewrite H]; by_facts)
  | H : forall k : nat, (k < ?t)%nat -> ?s (S k) = _ |- context [?s ?t] =>
      absent (forall k, (k <= t)%nat -> 0 < s k);
      let k := fresh "k" in let I := fresh in
      assert (forall k, (k <= t)%nat -> 0 < s k) by
        (intro k; induction k as [|k I]; intro; [|rewrite H by lia; specialize (I ltac:(lia))]; by_facts)
  | |- context [?f _] =>
      let h := head f in recursive h;
      lazymatch type of f with nat -> R => idtac end;
      absent (forall k, 0 < f k);
      let k := fresh "k" in let I := fresh in
      assert (forall k, 0 < f k) by (intro k; induction k as [|k I]; one_step; by_facts)
  end).
Ltac shown claim :=
  tryif assert_succeeds (assert claim by (pieces; spread; first [timeout 20 by_facts | timeout 40 (climb; by_facts)]))
  then idtac else
  tryif (lazymatch goal with H : inside |- _ => fail | _ => idtac end;
         lazymatch claim with ?b <> 0 => numbers b | 0 < ?b => numbers b | 0 <= ?b => numbers b end)
  then idtac "{nonce} number" claim else idtac "{nonce} function" claim.
Ltac met t := first [is_const t; idtac "{nonce} met" t | is_var t | is_ind t | is_constructor t
  | lazymatch t with Prop => idtac | Set => idtac | Type => idtac end | idtac "{nonce} odd"].
Ltac walk := lazymatch goal with
  | |- well (~ ?A) => change (@well Prop A); walk
  | |- well (forall x : ?A, @?B x) =>
      lazymatch type of A with
      | Prop => assert (@well Prop A) by walk
      | _ => idtac end;
      let x := fresh x in
      lazymatch A with
      | nat => apply (so_far B); intros x ?
      | _ => apply (enter (fun x : A => @well Prop (B x))); intro x
      end; cbv beta in *; walk
  | |- well (?A /\ ?B) => assert (@well Prop A) by walk; apply (enter (fun _ : A => @well Prop B)); intro; walk
  | |- well (?A \/ ?B) => assert (@well Prop A) by walk; apply (enter (fun _ : ~ A => @well Prop B)); intro; walk
  | |- well (?A <-> ?B) => assert (@well Prop A) by walk; change (@well Prop B); walk
  | |- well (exists x : ?A, @?B x) =>
      let x := fresh x in apply (enter (fun x : A => @well Prop (B x))); intro x; cbv beta; walk
  | |- well ?t => parts t; exact I
  end
with parts t := lazymatch t with
{walked sums}  | (fun x : ?A => @?f x) =>
      assert (forall x : A, inside -> well (f x)) by (let x := fresh x in intros x ?; cbv beta; walk)
  | Rdiv ?a ?b => parts a; parts b; shown (b <> 0)
  | Rinv ?b => parts b; shown (b <> 0)
  | sqrt ?b => parts b; shown (0 <= b)
  | ln ?b => parts b; shown (0 < b)
  | tan ?b => parts b; shown (cos b <> 0)
  | Rpower ?a ?b => parts a; parts b; shown (0 < a)
  | (if ?b then ?x else ?y) => parts b; parts x; parts y
  | ?f ?a => parts f; parts a; unrolled t
  | forall _, _ => let T := type of t in tryif constr_eq T Prop then (assert (@well Prop t) by walk) else idtac
  | _ => met t; unrolled t
  end
with unrolled f := tryif (let h := head f in recursive h) then lazymatch goal with
  | _ : entered f |- _ => idtac
  | _ => lazymatch type of f with
    | nat -> _ => assert (forall u : nat, entered f -> inside -> well (f (S u))) by (intros; one_step; walk)
    | _ => idtac
    end
  end else idtac.
Ltac contradicts := intros; lazymatch goal with
  | |- False => fail
  | _ => assert_succeeds (exfalso; pieces; first [contradiction | discriminate | lra | timeout 5 nra])
  end.
"""
SUMS = {
    "lemma": r"""
Lemma sum_positive : forall n f, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < f i) -> 0 < Norm.sum_to n f.
Proof.
  intros n f Hn H. destruct n as [|n]; [lia|]. simpl.
  pose proof (Norm.sum_nonneg n f ltac:(intros; apply Rlt_le, H; lia)). pose proof (H n ltac:(lia)). lra.
Qed.
""",
    "positive": """  | |- 0 < Norm.sum_to _ _ =>
      apply sum_positive; [lia | intros; cbv beta; instances; pieces; positive]
""",
    "nonnegative": """  | |- 0 <= Norm.sum_to _ _ =>
      apply Norm.sum_nonneg; intros; cbv beta; instances; pieces; nonnegative
""",
    "walked": """  | Norm.sum_to ?n (fun x : ?A => @?f x) =>
      parts n; assert (forall x : A, (x < n)%nat -> inside -> well (f x)) by (intros; cbv beta; walk)
""",
}
"""``walk`` says a line for each divisor, root and logarithm that it cannot show to be defined. One made of variables,
constants and arithmetic alone is a *number*; one with a sequence, a function or a bound variable is a *function*."""
_PLACES = re.compile(r"\((?P<divisor>.*) <> 0\)|\(0 (?P<sign><=?) (?P<inside>.*)\)")
SHOWN = 80
LEAST = {"<=": "roots of what cannot be negative", "<": "logarithms and bases of what is positive"}

_LOGIC = "not iff le lt ge gt Nat.le Nat.lt Rle Rlt Rge Rgt R nat"
_REALS = "Rplus Rminus Rmult Ropp pow exp sin cos atan sinh cosh tanh Rabs Rsqr Rmax Rmin PI INR IZR"
_WHOLE_NUMBERS = (
    "Nat.eqb Nat.leb Nat.ltb Nat.add Nat.mul Nat.sub Nat.pred Nat.max Nat.min Nat.pow plus mult sum_f_R0"
)
_LIMITS = "Un_cv is_lim_seq is_lim is_derive is_RInt continuous derivable_pt_lim eventually locally filterlim"
_SPACES = "R_AbsRing R_Ring R_AbelianGroup R_UniformSpace R_ModuleSpace R_NormedModule R_CompleteNormedModule"
_OF_RINGS = "AbsRing_UniformSpace AbsRing_NormedModule AbsRing_ModuleSpace Ring_ModuleSpace"
WHOLE = frozenset(f"{_LOGIC} {_REALS} {_WHOLE_NUMBERS} {_LIMITS} {_SPACES} {_OF_RINGS} fst snd".split())
"""Constants of the libraries that have a value for all arguments, as Coq prints them.

Differences of naturals end at 0, and limits and derivatives stand here as relations, which hold or do not.
"""


@dataclass(frozen=True)
class Search:
    """The text that walks the statement before it, and how to read what Coq says.

    Attributes:
        files: Those that the statement may use.
        definitions: Their definitions without recursion, which are unfolded.
        recursions: Those with recursion that divide inside; one step of each is walked.
        lemmas: Those that say that something has a value.
        recursive: All definitions with recursion.
        look_for_contradiction: Whether to look for one among the hypotheses.
    """

    files: Sequence[str]
    definitions: Sequence[str]
    recursions: Sequence[str]
    lemmas: Sequence[str]
    recursive: Sequence[str]
    look_for_contradiction: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "nonce", f"nonce_{secrets.token_hex(8)}")

    nonce: str = ""

    @property
    def text(self) -> str:
        """What follows ``Definition stated``; nothing in it can change how the statement reads."""
        unfolded = f"cbv beta zeta delta [{' '.join(['stated', *self.definitions])}]"
        sums = SUMS if "Norm" in self.files else dict.fromkeys(SUMS, "")
        one_step, heads = "idtac", "fail"
        if self.recursions:
            one_step = f"cbn [{' '.join(self.recursions)}]; {unfolded}"
            heads = f"lazymatch h with {' | '.join(f'{name} => idtac' for name in self.recursions)} end"
        written = {
            "recursions": f"Ltac one_step := {one_step}.\nLtac recursive h := {heads}.\n",
            "known": "".join(f" | apply {name}; side" for name in self.lemmas),
            "nonce": self.nonce,
        } | {f"{name} sums": text for name, text in sums.items()}
        tactics = TACTICS
        for name, text in written.items():
            tactics = tactics.replace(f"{{{name}}}", text)
        hollow = f'Goal stated.\nunfold stated. tryif contradicts then idtac "{self.nonce} empty" else idtac.\nAbort.\n'
        return (
            f"From Coq Require Import Lia.\nSet Printing Width 1000000.\n{tactics}"
            f'Goal @well Prop stated.\n{unfolded}. tryif walk then idtac "{self.nonce} walked" else idtac.\nAbort.\n'
            f"{hollow if self.look_for_contradiction else ''}"
        )

    def hollow(self, output: str) -> bool:
        """Whether Coq derives a contradiction from the hypotheses."""
        return f"{self.nonce} empty" in output.split("\n")

    def gap(self, output: str, total: bool) -> str:
        """The first place that is not shown to have a value, or that the walk failed; else empty.

        Args:
            output: What Coq printed.
            total: Only places made of numbers are looked at.
        """
        if f"{self.nonce} walked" not in output.split("\n"):
            return "the statement cannot be walked for its divisors"
        if not total and f"{self.nonce} odd" in output.split("\n"):
            return "need no match, let or fix in the statement, got one"
        if not total and (strange := self._strange(output)):
            return f"need functions that have a value everywhere, got {strange[0]}"
        places = (found for kind, found in self._places(output) if kind == "number" or not total)
        if (found := next(places, None)) is None:
            return ""
        if found["divisor"]:
            return f"need divisors that cannot vanish, got {found['divisor']}"
        return f"need {LEAST[found['sign']]}, got {found['inside']}"

    def unshown(self, output: str) -> list[str]:
        """All such places, each once."""
        places: dict[str, None] = {}
        for _, found in self._places(output):
            what = found["divisor"] or f"{'sqrt' if found['sign'] == '<=' else 'ln'} of {found['inside']}"
            places[what if len(what) <= SHOWN else f"{what[: SHOWN - 3]}..."] = None
        return [*places, *self._strange(output)]

    def _strange(self, output: str) -> list[str]:
        names = re.findall(rf"^{self.nonce} met (.*)$", output, re.MULTILINE)
        plain = {name.lstrip("@").removeprefix("Init.") for name in names}
        return sorted(plain - WHOLE - set(self.recursive))

    def _places(self, output: str) -> list[tuple[str, re.Match[str]]]:
        lines = re.findall(rf"^{self.nonce} (number|function) (.*)$", output, re.MULTILINE)
        whole = (
            (kind, _PLACES.fullmatch(place) or _PLACES.fullmatch(f"({place} <> 0)")) for kind, place in lines
        )
        return [(kind, found) for kind, found in whole if found]
