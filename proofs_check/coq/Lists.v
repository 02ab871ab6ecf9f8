(* The theory's functions on lists against the sums that the theorems speak of: the same at n = 1, 2, 3.

   A theorem for every n is about sum_to; Python runs on lists. Each equality here is by computation alone. *)
From Coq Require Import Reals.
From Sitheory Require Import Theory Norm.
Open Scope R_scope.

Theorem toy_loss_runs : forall alpha x y,
  let loss := fun n => sum_to n (fun i => alpha i * regimes_quotient (x i) (y i)) in
  loss 1%nat = regimes_toy_loss_of1 (alpha 0%nat) (x 0%nat) (y 0%nat) /\
  loss 2%nat = regimes_toy_loss_of2 (alpha 0%nat) (alpha 1%nat) (x 0%nat) (x 1%nat) (y 0%nat) (y 1%nat) /\
  loss 3%nat = regimes_toy_loss_of3 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat)
                 (x 0%nat) (x 1%nat) (x 2%nat) (y 0%nat) (y 1%nat) (y 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem total_elr_runs : forall elrs, let total := fun n => 1 / sum_to n (fun i => 1 / elrs i) in
  total 1%nat = regimes_total_elr_of1 (elrs 0%nat) /\
  total 2%nat = regimes_total_elr_of2 (elrs 0%nat) (elrs 1%nat) /\
  total 3%nat = regimes_total_elr_of3 (elrs 0%nat) (elrs 1%nat) (elrs 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem ess_weights_run : forall elrs,
  let weight := fun n i => 1 / sum_to n (fun j => 1 / elrs j) / elrs i in
  weight 1%nat 0%nat = regimes_ess_weights_of1_0 (elrs 0%nat) /\
  weight 2%nat 0%nat = regimes_ess_weights_of2_0 (elrs 0%nat) (elrs 1%nat) /\
  weight 2%nat 1%nat = regimes_ess_weights_of2_1 (elrs 0%nat) (elrs 1%nat) /\
  weight 3%nat 0%nat = regimes_ess_weights_of3_0 (elrs 0%nat) (elrs 1%nat) (elrs 2%nat) /\
  weight 3%nat 1%nat = regimes_ess_weights_of3_1 (elrs 0%nat) (elrs 1%nat) (elrs 2%nat) /\
  weight 3%nat 2%nat = regimes_ess_weights_of3_2 (elrs 0%nat) (elrs 1%nat) (elrs 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem total_ess_sq_runs : forall elrs ess_sqs,
  let total := fun n => sum_to n (fun i => 1 / sum_to n (fun j => 1 / elrs j) / elrs i * ess_sqs i) in
  total 1%nat = regimes_total_ess_sq_of1 (elrs 0%nat) (ess_sqs 0%nat) /\
  total 2%nat = regimes_total_ess_sq_of2 (elrs 0%nat) (elrs 1%nat) (ess_sqs 0%nat) (ess_sqs 1%nat) /\
  total 3%nat = regimes_total_ess_sq_of3 (elrs 0%nat) (elrs 1%nat) (elrs 2%nat)
                  (ess_sqs 0%nat) (ess_sqs 1%nat) (ess_sqs 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem threshold_runs : forall alpha, let threshold := fun n => 1 / sum_to n alpha in
  threshold 1%nat = regimes_threshold_of1 (alpha 0%nat) /\
  threshold 2%nat = regimes_threshold_of2 (alpha 0%nat) (alpha 1%nat) /\
  threshold 3%nat = regimes_threshold_of3 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem equilibrium_elrs_run : forall alpha elr,
  let equilibrium := fun n i => elr * sum_to n alpha / alpha i in
  equilibrium 1%nat 0%nat = regimes_equilibrium_elrs_of1_0 (alpha 0%nat) elr /\
  equilibrium 2%nat 0%nat = regimes_equilibrium_elrs_of2_0 (alpha 0%nat) (alpha 1%nat) elr /\
  equilibrium 2%nat 1%nat = regimes_equilibrium_elrs_of2_1 (alpha 0%nat) (alpha 1%nat) elr /\
  equilibrium 3%nat 0%nat = regimes_equilibrium_elrs_of3_0 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat) elr /\
  equilibrium 3%nat 1%nat = regimes_equilibrium_elrs_of3_1 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat) elr /\
  equilibrium 3%nat 2%nat = regimes_equilibrium_elrs_of3_2 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat) elr.
Proof. intros; repeat split; reflexivity. Qed.

Theorem equilibrium_loss_runs : forall alpha elr, let loss := fun n => (sum_to n alpha - 1 / elr) / 2 in
  loss 1%nat = regimes_equilibrium_loss_of1 (alpha 0%nat) elr /\
  loss 2%nat = regimes_equilibrium_loss_of2 (alpha 0%nat) (alpha 1%nat) elr /\
  loss 3%nat = regimes_equilibrium_loss_of3 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat) elr.
Proof. intros; repeat split; reflexivity. Qed.

Theorem levels_sum_runs : forall alpha elrs,
  let levels := fun n => sum_to n (fun i => regimes_level (alpha i) (elrs i)) in
  levels 1%nat = regimes_levels_sum_of1 (alpha 0%nat) (elrs 0%nat) /\
  levels 2%nat = regimes_levels_sum_of2 (alpha 0%nat) (alpha 1%nat) (elrs 0%nat) (elrs 1%nat) /\
  levels 3%nat = regimes_levels_sum_of3 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat)
                   (elrs 0%nat) (elrs 1%nat) (elrs 2%nat).
Proof. intros; repeat split; reflexivity. Qed.

Theorem random_walk_loss_runs : forall alpha, let loss := fun n => sum_to n alpha / 2 in
  loss 1%nat = regimes_random_walk_loss_of1 (alpha 0%nat) /\
  loss 2%nat = regimes_random_walk_loss_of2 (alpha 0%nat) (alpha 1%nat) /\
  loss 3%nat = regimes_random_walk_loss_of3 (alpha 0%nat) (alpha 1%nat) (alpha 2%nat).
Proof. intros; repeat split; reflexivity. Qed.
