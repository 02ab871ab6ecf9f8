(* What the kernel checks of this paper. ExampleFormulas is printed from formulas.py at each run. *)
From Coq Require Import Reals Lra Psatz.
From Sitheory Require Import ExampleFormulas.
Open Scope R_scope.

Fixpoint run (a lr x : R) (t : nat) : R :=
  match t with
  | O => x
  | S before => example_step a lr (run a lr x before)
  end.

Theorem geometric : forall a lr x t, run a lr x t = example_factor a lr ^ t * x.
Proof.
  intros a lr x t.
  induction t as [| t before].
  - simpl.
    ring.
  - simpl.
    rewrite before.
    unfold example_step, example_factor.
    ring.
Qed.
