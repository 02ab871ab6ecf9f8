(* The norm, the angle and the time of delta-jumps: periodic, section 4 and appendices A.1-A.7. *)
From Coq Require Import Reals Lra Lia Psatz FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta.
Open Scope R_scope.

(** * Vectors of symbolic dimension n *)

Fixpoint sum_to (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => sum_to m f + f m end.

Definition dot (n : nat) (u v : nat -> R) : R := sum_to n (fun i => u i * v i).
Definition norm_sq (n : nat) (u : nat -> R) : R := dot n u u.
Definition norm (n : nat) (u : nat -> R) : R := sqrt (norm_sq n u).
Definition scaled (c : R) (u : nat -> R) : nat -> R := fun i => c * u i.
Definition cosine (n : nat) (u v : nat -> R) : R := dot n u v / (norm n u * norm n v).

(* eq. 1: gradient descent with weight decay, coordinate by coordinate. *)
Definition decay_step (x g : nat -> R) (lr wd : R) : nat -> R :=
  fun i => periodic_decay_step (x i) (g i) lr wd.

Lemma sum_ext : forall n f g, (forall i, (i < n)%nat -> f i = g i) -> sum_to n f = sum_to n g.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [reflexivity|].
  rewrite (IH f g), (H n); [reflexivity|lia|]. intros; apply H; lia.
Qed.

Lemma sum_S : forall n f, sum_to (S n) f = sum_to n f + f n.
Proof. reflexivity. Qed.

Lemma sum_plus : forall n f g, sum_to n (fun i => f i + g i) = sum_to n f + sum_to n g.
Proof. induction n as [|n IH]; intros; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_scal : forall n c f, sum_to n (fun i => c * f i) = c * sum_to n f.
Proof. induction n as [|n IH]; intros; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_nonneg : forall n f, (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum_to n f.
Proof.
  induction n as [|n IH]; intros f H; simpl; [lra|].
  pose proof (IH f ltac:(intros; apply H; lia)). pose proof (H n ltac:(lia)). lra.
Qed.

Lemma norm_sq_nonneg : forall n u, 0 <= norm_sq n u.
Proof. intros; apply sum_nonneg; intros; apply Rle_0_sqr. Qed.

Lemma dot_comm : forall n u v, dot n u v = dot n v u.
Proof. intros; apply sum_ext; intros; ring. Qed.

Lemma dot_combination : forall n a b u v w,
  dot n (fun i => a * u i + b * v i) w = a * dot n u w + b * dot n v w.
Proof.
  intros; unfold dot. rewrite <- !sum_scal, <- sum_plus. apply sum_ext; intros; ring.
Qed.

Lemma decay_step_combination : forall x g lr wd,
  decay_step x g lr wd = fun i => (1 - lr * wd) * x i + (- lr) * g i.
Proof.
  intros; apply functional_extensionality; intro i; unfold decay_step, periodic_decay_step; ring.
Qed.

Lemma dot_step : forall n x g lr wd, dot n g x = 0 ->
  dot n x (decay_step x g lr wd) = (1 - lr * wd) * norm_sq n x.
Proof.
  intros n x g lr wd H; rewrite dot_comm, decay_step_combination, dot_combination, H.
  unfold norm_sq; ring.
Qed.

Lemma norm_sq_step : forall n x g lr wd, dot n g x = 0 ->
  norm_sq n (decay_step x g lr wd) = (1 - lr * wd) ^ 2 * norm_sq n x + lr ^ 2 * norm_sq n g.
Proof.
  intros n x g lr wd H; unfold norm_sq at 1.
  rewrite decay_step_combination, dot_combination, <- !decay_step_combination.
  rewrite dot_step by exact H.
  rewrite (dot_comm n g (decay_step x g lr wd)), decay_step_combination, dot_combination.
  rewrite (dot_comm n x g), H. unfold norm_sq; ring.
Qed.

(** * Equations 3 and 8, the norm, the ESS *)

Theorem eq3 : forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x ->
  norm_sq n (decay_step x g lr wd) =
  periodic_norm_sq_next (norm_sq n x) (scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd.
Proof.
  intros n x g lr wd H P; rewrite norm_sq_step by exact H.
  unfold periodic_norm_sq_next, scale_eff_grad_sq; field; lra.
Qed.

Theorem norm_never_shrinks : forall n x g lr, dot n g x = 0 ->
  norm_sq n (decay_step x g lr 0) >= norm_sq n x.
Proof.
  intros n x g lr H; rewrite norm_sq_step by exact H.
  pose proof (norm_sq_nonneg n g). nlra.
Qed.

Theorem norm_grows_by_ess : forall n x g lr, dot n g x = 0 -> 0 < norm_sq n x ->
  norm_sq n (decay_step x g lr 0) =
  norm_sq n x * (1 + scale_ess_sq (scale_elr lr (norm_sq n x))
                                  (scale_eff_grad_sq (norm_sq n g) (norm_sq n x))).
Proof.
  intros n x g lr H P; rewrite norm_sq_step by exact H.
  unfold scale_ess_sq, scale_elr, scale_eff_grad_sq; field; lra.
Qed.

Lemma inverse_cos_sq_step : forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> lr * wd < 1 ->
  norm_sq n (decay_step x g lr wd) =
  ((1 - lr * wd) * (1 - lr * wd)) * (norm_sq n x *
  periodic_inverse_cos_sq (norm_sq n x) (scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd).
Proof.
  intros n x g lr wd H P Hh; rewrite norm_sq_step by exact H.
  unfold periodic_inverse_cos_sq, scale_eff_grad_sq; field; lra.
Qed.

Lemma inverse_cos_sq_ge_1 : forall norm_sq eff_sq lr wd, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 ->
  1 <= periodic_inverse_cos_sq norm_sq eff_sq lr wd.
Proof.
  intros n e lr wd Hn He Hh; unfold periodic_inverse_cos_sq.
  assert (0 <= lr ^ 2 * e / ((1 - lr * wd) ^ 2 * n ^ 2)); [|lra].
  apply Rdiv_le_0_compat; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|].
  apply Rmult_lt_0_compat; apply pow_lt; lra.
Qed.

Theorem eq8 : forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> lr * wd < 1 ->
  cosine n x (decay_step x g lr wd) =
  / sqrt (periodic_inverse_cos_sq (norm_sq n x) (scale_eff_grad_sq (norm_sq n g) (norm_sq n x)) lr wd).
Proof.
  intros n x g lr wd H P Hh; unfold cosine, norm.
  rewrite dot_step by exact H. rewrite inverse_cos_sq_step by assumption.
  assert (E : 0 <= scale_eff_grad_sq (norm_sq n g) (norm_sq n x))
    by (apply Rmult_le_pos; [lra|apply norm_sq_nonneg]).
  pose proof (inverse_cos_sq_ge_1 (norm_sq n x) _ lr wd P E Hh) as C.
  set (c := periodic_inverse_cos_sq _ _ _ _) in *; clearbody c.
  rewrite sqrt_mult_alt by (apply Rle_0_sqr). rewrite (sqrt_square (1 - lr * wd)) by lra.
  rewrite sqrt_mult_alt by lra.
  assert (Q : 0 < sqrt c) by (apply sqrt_lt_R0; lra).
  assert (Rp : 0 < sqrt (norm_sq n x)) by (apply sqrt_lt_R0; lra).
  rewrite <- (sqrt_sqrt (norm_sq n x)) at 1 by lra.
  field; repeat split; lra.
Qed.

(* Past lr wd = 1 the printed formula has the wrong sign. *)
Theorem eq8_sign : forall n x g lr wd, dot n g x = 0 -> 0 < norm_sq n x -> 1 < lr * wd ->
  cosine n x (decay_step x g lr wd) < 0.
Proof.
  intros n x g lr wd H P Hh; unfold cosine, norm.
  rewrite dot_step by exact H.
  assert (0 < norm_sq n (decay_step x g lr wd)).
  { rewrite norm_sq_step by exact H. pose proof (norm_sq_nonneg n g). pose proof (pow2_ge_0 lr).
    assert (0 < (1 - lr * wd) ^ 2) by nlra.
    assert (0 < (1 - lr * wd) ^ 2 * norm_sq n x) by (apply Rmult_lt_0_compat; lra). nlra. }
  assert (D : 0 < sqrt (norm_sq n x) * sqrt (norm_sq n (decay_step x g lr wd)))
    by (apply Rmult_lt_0_compat; apply sqrt_lt_R0; assumption).
  assert (0 < / (sqrt (norm_sq n x) * sqrt (norm_sq n (decay_step x g lr wd))))
    by (apply Rinv_0_lt_compat; exact D).
  unfold Rdiv. assert ((1 - lr * wd) * norm_sq n x < 0) by nlra. nlra.
Qed.

(** * delta-jumps: definition 1, eq. 9, proposition 1, figure 3 *)

(* 1 - cos of a step, by eq. 8, and definition 1. *)
Definition cos_distance (norm_sq eff_grad_sq lr wd : R) : R :=
  1 - / sqrt (periodic_inverse_cos_sq norm_sq eff_grad_sq lr wd).
Definition jump (norm_sq eff_grad_sq lr wd delta : R) : Prop :=
  cos_distance norm_sq eff_grad_sq lr wd > delta.

(* q = tan^2 of the angle. *)
Definition tan_sq (norm_sq eff_grad_sq lr wd : R) : R :=
  lr ^ 2 * eff_grad_sq / ((1 - lr * wd) ^ 2 * norm_sq ^ 2).

Lemma tan_sq_nonneg : forall norm_sq eff_sq lr wd, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 ->
  0 <= tan_sq norm_sq eff_sq lr wd.
Proof.
  intros n e lr wd Hn He Hh; pose proof (inverse_cos_sq_ge_1 n e lr wd Hn He Hh) as C.
  unfold periodic_inverse_cos_sq in C; fold (tan_sq n e lr wd) in C. lra.
Qed.

Lemma inv_sqrt_lt : forall c y, 1 <= c -> 0 < y -> (/ sqrt c < y <-> 1 < c * (y * y)).
Proof.
  intros c y Hc Hy.
  assert (Q : 0 < sqrt c) by (apply sqrt_lt_R0; lra).
  assert (I : 0 < / sqrt c) by (apply Rinv_0_lt_compat; lra).
  assert (S : sqrt c * sqrt c = c) by (apply sqrt_sqrt; lra).
  set (r := sqrt c) in *; clearbody r.
  assert (E : / r * r = 1) by (field; lra). set (p := / r) in *; clearbody p.
  subst c. split; intro H.
  - assert (p * r < y * r) by (apply Rmult_lt_compat_r; lra). nlra.
  - apply Rnot_le_lt; intro C. assert (y * r <= p * r) by (apply Rmult_le_compat_r; lra).
    assert (0 < y * r) by (apply Rmult_lt_0_compat; lra). nlra.
Qed.

Lemma jump_tan : forall norm_sq eff_sq lr wd delta, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 ->
  0 < delta < 1 ->
  (jump norm_sq eff_sq lr wd delta <->
   delta * (2 - delta) < tan_sq norm_sq eff_sq lr wd * ((1 - delta) * (1 - delta))).
Proof.
  intros n e lr wd d Hn He Hh Hd; unfold jump, cos_distance.
  pose proof (inverse_cos_sq_ge_1 n e lr wd Hn He Hh) as C.
  pose proof (inv_sqrt_lt _ (1 - d) C ltac:(lra)) as I.
  unfold periodic_inverse_cos_sq in *; fold (tan_sq n e lr wd) in *.
  set (q := tan_sq n e lr wd) in *; clearbody q.
  split; intro H.
  - assert (/ sqrt (1 + q) < 1 - d) by lra. apply I in H0. nlra.
  - assert (/ sqrt (1 + q) < 1 - d); [|lra]. apply I. nlra.
Qed.

Theorem jump_exact : forall norm_sq eff_sq lr wd delta, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 ->
  0 < delta < 1 ->
  (jump norm_sq eff_sq lr wd delta <-> norm_sq ^ 2 < periodic_jump_norm_4 eff_sq lr wd delta).
Proof.
  intros n e lr wd d Hn He Hh Hd; rewrite jump_tan by assumption.
  assert (K : 0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra).
  assert (N2 : 0 < n ^ 2) by (apply pow_lt; lra).
  assert (D : 0 < d * (2 - d)) by (apply Rmult_lt_0_compat; lra).
  set (m := d * (2 - d) * ((1 - lr * wd) ^ 2 * n ^ 2)).
  set (p := lr ^ 2 * e * (1 - d) ^ 2).
  assert (Q : tan_sq n e lr wd * ((1 - d) * (1 - d)) = p / ((1 - lr * wd) ^ 2 * n ^ 2))
    by (unfold tan_sq, p; field; split; nlra).
  assert (J : periodic_jump_norm_4 e lr wd d = p / ((1 - lr * wd) ^ 2 * (d * (2 - d))))
    by (unfold periodic_jump_norm_4, p; field; repeat split; nlra).
  rewrite Q, J.
  assert (A1 : 0 < (1 - lr * wd) ^ 2 * n ^ 2) by (apply Rmult_lt_0_compat; lra).
  assert (A2 : 0 < (1 - lr * wd) ^ 2 * (d * (2 - d))) by (apply Rmult_lt_0_compat; lra).
  split; intro H.
  - apply (proj2 (Rlt_div_r _ _ _ A1)) in H. apply (proj1 (Rlt_div_r _ _ _ A2)). lra.
  - apply (proj2 (Rlt_div_r _ _ _ A2)) in H. apply (proj1 (Rlt_div_r _ _ _ A1)). lra.
Qed.

Theorem no_jump_beyond_one : forall norm_sq eff_sq lr wd delta, 0 < norm_sq -> 0 <= eff_sq ->
  lr * wd < 1 -> 1 <= delta -> ~ jump norm_sq eff_sq lr wd delta.
Proof.
  intros n e lr wd d Hn He Hh Hd; unfold jump, cos_distance.
  pose proof (inverse_cos_sq_ge_1 n e lr wd Hn He Hh) as C.
  assert (0 < / sqrt (periodic_inverse_cos_sq n e lr wd)) by (apply Rinv_0_lt_compat, sqrt_lt_R0; lra).
  lra.
Qed.

Lemma jump_level_ratio : forall eff_sq lr wd delta, lr * wd < 1 -> 0 < delta < 1 ->
  periodic_jump_norm_4 eff_sq lr wd delta * (2 - delta) =
  periodic_jump_norm_4_printed eff_sq lr wd delta * (2 * (1 - delta) ^ 2).
Proof.
  intros; unfold periodic_jump_norm_4, periodic_jump_norm_4_printed; field.
  repeat split; nlra.
Qed.

Lemma jump_level_pos : forall eff_sq lr wd delta, 0 < lr -> 0 < eff_sq -> lr * wd < 1 -> 0 < delta < 1 ->
  0 < periodic_jump_norm_4_printed eff_sq lr wd delta.
Proof.
  intros; unfold periodic_jump_norm_4_printed.
  assert (0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra).
  apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; [apply pow_lt|]; lra|].
  apply Rmult_lt_0_compat; lra.
Qed.

Lemma jump_level_nonneg : forall eff_sq lr wd delta, 0 <= eff_sq -> lr * wd < 1 -> 0 < delta < 1 ->
  0 <= periodic_jump_norm_4_printed eff_sq lr wd delta.
Proof.
  intros; unfold periodic_jump_norm_4_printed.
  assert (0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra).
  apply Rdiv_le_0_compat; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|].
  apply Rmult_lt_0_compat; lra.
Qed.

(* The printed root and the theory's fourth power are the same level. *)
Lemma level_root : forall lr gt k delta n, 0 < lr -> 0 <= gt -> 0 < k -> 0 < delta -> 0 < n ->
  (n < lr * gt / (k * sqrt (2 * delta)) <-> n ^ 2 < lr ^ 2 * gt ^ 2 / (k ^ 2 * (2 * delta))).
Proof.
  intros lr gt k d n Hl Hg Hk Hd Hn.
  assert (R : 0 < sqrt (2 * d)) by (apply sqrt_lt_R0; lra).
  assert (S : lr ^ 2 * gt ^ 2 / (k ^ 2 * (2 * d)) = (lr * gt / (k * sqrt (2 * d))) ^ 2).
  { replace (2 * d) with (sqrt (2 * d) ^ 2) at 1 by (rewrite pow2_sqrt; lra). field; split; lra. }
  rewrite S.
  assert (0 <= lr * gt / (k * sqrt (2 * d))).
  { apply Rdiv_le_0_compat; [apply Rmult_le_pos; lra|apply Rmult_lt_0_compat; lra]. }
  set (v := lr * gt / (k * sqrt (2 * d))) in *; clearbody v.
  split; intro; nlra.
Qed.

(* eq. 9, as printed: for every delta > 0. *)
Theorem eq9_necessary : forall norm_sq gt lr wd delta,
  0 < norm_sq -> 0 <= gt -> 0 < lr -> lr * wd < 1 -> 0 < delta ->
  jump norm_sq (gt ^ 2) lr wd delta -> norm_sq < lr * gt / ((1 - lr * wd) * sqrt (2 * delta)).
Proof.
  intros n gt lr wd d Hn Hg Hl Hh Hd H.
  assert (G : 0 <= gt ^ 2) by apply pow2_ge_0.
  destruct (Rlt_le_dec d 1) as [D|D];
    [|exfalso; exact (no_jump_beyond_one n (gt ^ 2) lr wd d Hn G Hh D H)].
  apply jump_exact in H; [|assumption|exact G|assumption|lra].
  apply level_root; try lra.
  replace (lr ^ 2 * gt ^ 2 / ((1 - lr * wd) ^ 2 * (2 * d))) with
    (periodic_jump_norm_4_printed (gt ^ 2) lr wd d)
    by (unfold periodic_jump_norm_4_printed; field; split; nlra).
  pose proof (jump_level_ratio (gt ^ 2) lr wd d Hh ltac:(lra)) as E.
  pose proof (jump_level_nonneg (gt ^ 2) lr wd d G Hh ltac:(lra)) as P.
  set (J := periodic_jump_norm_4 _ _ _ _) in *; set (Q := periodic_jump_norm_4_printed _ _ _ _) in *.
  clearbody J Q.
  assert (2 * (1 - d) ^ 2 <= 2 - d) by nlra.
  assert (J * (2 - d) <= Q * (2 - d)) by (rewrite E; apply Rmult_le_compat_l; lra).
  assert (J <= Q) by (apply Rmult_le_reg_r with (2 - d); lra). lra.
Qed.

(* The printed level is never sufficient, whatever the parameters. *)
Theorem eq9_never_sufficient : forall gt lr wd delta, 0 < gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 ->
  exists norm_sq, 0 < norm_sq /\ norm_sq < lr * gt / ((1 - lr * wd) * sqrt (2 * delta)) /\
  ~ jump norm_sq (gt ^ 2) lr wd delta.
Proof.
  intros gt lr wd d Hg Hl Hh Hd.
  pose proof (jump_level_ratio (gt ^ 2) lr wd d Hh Hd) as E.
  pose proof (jump_level_pos (gt ^ 2) lr wd d Hl ltac:(nlra) Hh Hd) as P.
  set (J := periodic_jump_norm_4 (gt ^ 2) lr wd d) in *.
  assert (PJ : 0 < J).
  { apply Rmult_lt_reg_r with (2 - d); [lra|]. rewrite E, Rmult_0_l.
    apply Rmult_lt_0_compat; [exact P|]. assert (0 < (1 - d) ^ 2) by (apply pow_lt; lra). lra. }
  assert (R : 0 < sqrt J) by (apply sqrt_lt_R0; exact PJ).
  assert (S : sqrt J ^ 2 = J) by (rewrite pow2_sqrt; lra).
  exists (sqrt J); split; [exact R|split].
  - apply level_root; try lra. rewrite S.
    replace (lr ^ 2 * gt ^ 2 / ((1 - lr * wd) ^ 2 * (2 * d))) with
      (periodic_jump_norm_4_printed (gt ^ 2) lr wd d)
      by (unfold periodic_jump_norm_4_printed; field; split; nlra).
    set (Q := periodic_jump_norm_4_printed _ _ _ _) in *; clearbody Q J.
    assert (2 * (1 - d) ^ 2 < 2 - d) by nlra.
    assert (J * (2 - d) < Q * (2 - d)) by (rewrite E; apply Rmult_lt_compat_l; lra).
    apply Rmult_lt_reg_r with (2 - d); lra.
  - intro H; apply jump_exact in H; [|lra|nlra|lra|lra].
    rewrite S in H; fold J in H; lra.
Qed.

(* "approximately sufficient", with its error: below (1 - 3 delta / 2) of the level it is. *)
Theorem eq9_approximately_sufficient : forall norm_sq gt lr wd delta,
  0 < norm_sq -> 0 <= gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 ->
  norm_sq ^ 2 < (1 - 3 / 2 * delta) * periodic_jump_norm_4_printed (gt ^ 2) lr wd delta ->
  jump norm_sq (gt ^ 2) lr wd delta.
Proof.
  intros n gt lr wd d Hn Hg Hl Hh Hd H.
  apply jump_exact; [lra|apply pow2_ge_0|lra|lra|].
  pose proof (jump_level_ratio (gt ^ 2) lr wd d Hh Hd) as E.
  pose proof (jump_level_nonneg (gt ^ 2) lr wd d (pow2_ge_0 gt) Hh Hd) as P.
  set (J := periodic_jump_norm_4 _ _ _ _) in *; set (Q := periodic_jump_norm_4_printed _ _ _ _) in *.
  clearbody J Q.
  assert ((1 - 3 / 2 * d) * (2 - d) <= 2 * (1 - d) ^ 2) by nlra.
  assert (Q * ((1 - 3 / 2 * d) * (2 - d)) <= J * (2 - d)) by (rewrite E; apply Rmult_le_compat_l; lra).
  assert (((1 - 3 / 2 * d) * Q) * (2 - d) <= J * (2 - d)) by lra.
  assert ((1 - 3 / 2 * d) * Q <= J) by (apply Rmult_le_reg_r with (2 - d); lra). lra.
Qed.

Lemma jump_level_mono : forall e e' lr wd delta, lr * wd < 1 -> 0 < delta < 1 -> e <= e' ->
  periodic_jump_norm_4 e lr wd delta <= periodic_jump_norm_4 e' lr wd delta.
Proof.
  intros e e' lr wd d Hh Hd H; unfold periodic_jump_norm_4, Rdiv.
  assert (0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra).
  apply Rmult_le_compat_r.
  - apply Rlt_le, Rinv_0_lt_compat. repeat apply Rmult_lt_0_compat; lra.
  - apply Rmult_le_compat_r; [apply pow2_ge_0|]. apply Rmult_le_compat_l; [apply pow2_ge_0|lra].
Qed.

Theorem prop1a_exact : forall norm_sq l L lr wd delta, 0 < norm_sq -> 0 <= l <= L -> lr * wd < 1 ->
  0 < delta < 1 ->
  ((exists gt, l <= gt <= L /\ jump norm_sq (gt ^ 2) lr wd delta) <->
   norm_sq ^ 2 < periodic_jump_norm_4 (L ^ 2) lr wd delta).
Proof.
  intros n l L lr wd d Hn Hl Hh Hd; split.
  - intros (gt & Hg & H). apply jump_exact in H; [|lra|apply pow2_ge_0|lra|lra].
    pose proof (jump_level_mono (gt ^ 2) (L ^ 2) lr wd d Hh Hd ltac:(nlra)). lra.
  - intro H; exists L; split; [lra|]. apply jump_exact; [lra|apply pow2_ge_0|lra|lra|exact H].
Qed.

Theorem prop1b_exact : forall norm_sq l L lr wd delta, 0 < norm_sq -> 0 <= l <= L -> lr * wd < 1 ->
  0 < delta < 1 ->
  ((forall gt, l <= gt <= L -> jump norm_sq (gt ^ 2) lr wd delta) <->
   norm_sq ^ 2 < periodic_jump_norm_4 (l ^ 2) lr wd delta).
Proof.
  intros n l L lr wd d Hn Hl Hh Hd; split.
  - intro H; specialize (H l ltac:(lra)).
    apply jump_exact in H; [exact H|lra|apply pow2_ge_0|lra|lra].
  - intros H gt Hg; apply jump_exact; [lra|apply pow2_ge_0|lra|lra|].
    pose proof (jump_level_mono (l ^ 2) (gt ^ 2) lr wd d Hh Hd ltac:(nlra)). lra.
Qed.

(* When the printed level of 4a, 4b lies above or below the exact one. *)
Theorem prop1_level_exact : forall gt lr wd delta, 0 < gt -> 0 < lr -> lr * wd < 1 -> 0 < delta < 1 ->
  (periodic_jump_norm_4 (gt ^ 2) lr wd delta <= periodic_prop1_norm_4 (gt ^ 2) lr delta <->
   2 * (1 - delta) ^ 2 <= (2 - delta) * (1 - lr * wd) ^ 2).
Proof.
  intros gt lr wd d Hg Hl Hh Hd.
  assert (K : 0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra).
  assert (P : 0 < periodic_prop1_norm_4 (gt ^ 2) lr d).
  { unfold periodic_prop1_norm_4; apply Rdiv_lt_0_compat; [|lra].
    apply Rmult_lt_0_compat; apply pow_lt; lra. }
  assert (E : periodic_jump_norm_4 (gt ^ 2) lr wd d * ((2 - d) * (1 - lr * wd) ^ 2) =
              periodic_prop1_norm_4 (gt ^ 2) lr d * (2 * (1 - d) ^ 2)).
  { unfold periodic_jump_norm_4, periodic_prop1_norm_4; field; repeat split; lra. }
  assert (M : 0 < (2 - d) * (1 - lr * wd) ^ 2) by (apply Rmult_lt_0_compat; lra).
  set (J := periodic_jump_norm_4 _ _ _ _) in *; set (Q := periodic_prop1_norm_4 _ _ _) in *.
  set (u := (2 - d) * (1 - lr * wd) ^ 2) in *; set (v := 2 * (1 - d) ^ 2) in *.
  clearbody J Q u v; split; intro H.
  - apply Rmult_le_reg_l with Q; [exact P|]. rewrite <- E. apply Rmult_le_compat_r; lra.
  - apply Rmult_le_reg_r with u; [exact M|]. rewrite E. apply Rmult_le_compat_l; lra.
Qed.

(* 4a as printed: below its level no gradient within [l, L] need make a jump. *)
Theorem prop1a_printed_refuted :
  exists norm_sq l L lr wd delta, 0 < norm_sq /\ 0 <= l <= L /\ 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    0 < delta < 1 /\ norm_sq < lr * L / sqrt (2 * delta) /\
    forall gt, l <= gt <= L -> ~ jump norm_sq (gt ^ 2) lr wd delta.
Proof.
  exists (3 / 4), 1, 1, 1, (1 / 10), (1 / 2).
  replace (2 * (1 / 2)) with 1 by field; rewrite sqrt_1.
  repeat split; try lra.
  intros gt Hg H.
  assert (gt = 1) by lra; subst gt.
  apply jump_exact in H; [|lra|lra|lra|lra].
  unfold periodic_jump_norm_4 in H. lra.
Qed.

(* 4a as a necessary condition: a jump above its level. *)
Theorem prop1a_necessity_refuted :
  exists norm_sq L lr wd delta, 0 < norm_sq /\ 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    0 < delta < 1 /\ norm_sq > lr * L / sqrt (2 * delta) /\ jump norm_sq (L ^ 2) lr wd delta.
Proof.
  exists (26 / 5), 1, 1, (1 / 10), (1 / 50).
  replace (2 * (1 / 50)) with ((1 / 5) * (1 / 5)) by field; rewrite sqrt_square by lra.
  repeat split; try lra.
  apply jump_exact; try lra. unfold periodic_jump_norm_4. lra.
Qed.

Theorem prop1b_printed_refuted :
  exists norm_sq l L lr wd delta, 0 < norm_sq /\ 0 < l <= L /\ 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    0 < delta < 1 /\ norm_sq < lr * l / sqrt (2 * delta) /\ ~ jump norm_sq (l ^ 2) lr wd delta.
Proof.
  exists (3 / 4), 1, 1, 1, (1 / 10), (1 / 2).
  replace (2 * (1 / 2)) with 1 by field; rewrite sqrt_1.
  repeat split; try lra.
  intro H; apply jump_exact in H; [|lra|lra|lra|lra].
  unfold periodic_jump_norm_4 in H. lra.
Qed.

(* 4b is sufficient where proposition 2 uses it, for delta <= lr wd. *)
Theorem prop1b_when_delta_small : forall norm_sq l lr wd delta,
  0 < norm_sq -> 0 < l -> 0 < lr -> lr * wd < 1 -> 0 < delta <= lr * wd ->
  norm_sq ^ 2 < periodic_prop1_norm_4 (l ^ 2) lr delta ->
  forall gt, l <= gt -> jump norm_sq (gt ^ 2) lr wd delta.
Proof.
  intros n l lr wd d Hn Hl Hlr Hh Hd H gt Hg.
  apply jump_exact; [lra|apply pow2_ge_0|lra|lra|].
  pose proof (jump_level_mono (l ^ 2) (gt ^ 2) lr wd d Hh ltac:(lra) ltac:(nlra)) as M.
  pose proof (prop1_level_exact l lr wd d Hl Hlr Hh ltac:(lra)) as [X _].
  apply Rnot_le_lt; intro C.
  specialize (X ltac:(lra)).
  assert ((1 - lr * wd) ^ 2 <= (1 - d) ^ 2) by nlra.
  assert (0 < (1 - lr * wd) ^ 2) by (apply pow_lt; lra). nlra.
Qed.

Lemma cos_distance_le : forall norm_sq eff_sq lr wd, 0 < norm_sq -> 0 <= eff_sq -> lr * wd < 1 ->
  let q := tan_sq norm_sq eff_sq lr wd in
  q / 2 - 3 / 8 * q ^ 2 <= cos_distance norm_sq eff_sq lr wd <= q / 2.
Proof.
  intros n e lr wd Hn He Hh q; unfold cos_distance.
  pose proof (tan_sq_nonneg n e lr wd Hn He Hh) as Hq; fold q in Hq.
  change (periodic_inverse_cos_sq n e lr wd) with (1 + q).
  clearbody q.
  assert (Q : 0 < sqrt (1 + q)) by (apply sqrt_lt_R0; lra).
  assert (I : 0 < / sqrt (1 + q)) by (apply Rinv_0_lt_compat; lra).
  assert (S : sqrt (1 + q) * sqrt (1 + q) = 1 + q) by (apply sqrt_sqrt; lra).
  assert (E : / sqrt (1 + q) * sqrt (1 + q) = 1) by (field; lra).
  set (r := sqrt (1 + q)) in *; set (p := / r) in *; clearbody r p.
  assert (PP : p * p * (1 + q) = 1) by (rewrite <- S; nlra).
  split; apply Rnot_lt_le; intro C.
  - assert (H : 1 - q / 2 + 3 / 8 * q ^ 2 < p) by lra.
    assert (0 < 1 - q / 2 + 3 / 8 * q ^ 2) by nlra.
    set (z := 1 - q / 2 + 3 / 8 * q ^ 2) in *.
    assert (z * z < p * p) by nlra.
    assert (z * z * (1 + q) < 1) by nlra.
    assert (0 <= q ^ 3 * (5 / 8 - 15 / 64 * q + 9 / 64 * q ^ 2)).
    { apply Rmult_le_pos; [apply pow_le; lra|nlra]. }
    unfold z in *. nlra.
  - assert (H : p < 1 - q / 2) by lra.
    assert (p * p < (1 - q / 2) * (1 - q / 2)) by nlra.
    assert (1 < (1 - q / 2) * (1 - q / 2) * (1 + q)) by nlra.
    assert (q < 2) by lra.
    assert (0 <= q * q * (3 - q)) by (apply Rmult_le_pos; nlra). nlra.
Qed.

Lemma tan_sq_mono : forall norm_sq e e' lr wd, 0 < norm_sq -> lr * wd < 1 -> e <= e' ->
  tan_sq norm_sq e lr wd <= tan_sq norm_sq e' lr wd.
Proof.
  intros n e e' lr wd Hn Hh H; unfold tan_sq, Rdiv. apply Rmult_le_compat_r.
  - apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; apply pow_lt; lra.
  - apply Rmult_le_compat_l; [apply pow2_ge_0|exact H].
Qed.

Lemma tan_sq_bound : forall norm_sq e lr wd, 0 < norm_sq -> lr * wd < 1 ->
  tan_sq norm_sq e lr wd / 2 = periodic_delta_bound norm_sq e lr / (1 - lr * wd) ^ 2.
Proof. intros; unfold tan_sq, periodic_delta_bound; field; split; lra. Qed.

(* Figure 3, amended: the upper end needs 1/(1 - lr wd)^2, the lower end a second-order term. *)
Theorem delta_bounds : forall norm_sq gt l L lr wd, 0 < norm_sq -> 0 <= l -> l <= gt <= L -> lr * wd < 1 ->
  let lower := periodic_delta_bound norm_sq (l ^ 2) lr / (1 - lr * wd) ^ 2 in
  let upper := periodic_delta_bound norm_sq (L ^ 2) lr / (1 - lr * wd) ^ 2 in
  lower - 3 / 2 * lower ^ 2 <= cos_distance norm_sq (gt ^ 2) lr wd <= upper.
Proof.
  intros n gt l L lr wd Hn Hl Hg Hh lower upper; unfold lower, upper.
  rewrite <- !tan_sq_bound by assumption.
  assert (M : cos_distance n (l ^ 2) lr wd <= cos_distance n (gt ^ 2) lr wd).
  { unfold cos_distance; change (periodic_inverse_cos_sq n (l ^ 2) lr wd) with (1 + tan_sq n (l ^ 2) lr wd).
    change (periodic_inverse_cos_sq n (gt ^ 2) lr wd) with (1 + tan_sq n (gt ^ 2) lr wd).
    pose proof (tan_sq_nonneg n (l ^ 2) lr wd Hn (pow2_ge_0 l) Hh).
    pose proof (tan_sq_mono n (l ^ 2) (gt ^ 2) lr wd Hn Hh ltac:(nlra)).
    assert (/ sqrt (1 + tan_sq n (gt ^ 2) lr wd) <= / sqrt (1 + tan_sq n (l ^ 2) lr wd)); [|lra].
    apply Rinv_le_contravar; [apply sqrt_lt_R0; lra|apply sqrt_le_1_alt; lra]. }
  pose proof (cos_distance_le n (l ^ 2) lr wd Hn (pow2_ge_0 l) Hh) as [A _].
  pose proof (cos_distance_le n (gt ^ 2) lr wd Hn (pow2_ge_0 gt) Hh) as [_ B].
  pose proof (tan_sq_mono n (gt ^ 2) (L ^ 2) lr wd Hn Hh ltac:(nlra)).
  cbv zeta in A, B. split; [|lra].
  set (q := tan_sq n (l ^ 2) lr wd) in *; clearbody q. nlra.
Qed.

(* Without weight decay the printed lower end is never a lower bound (if l = g). *)
Theorem delta_lower_never : forall norm_sq l lr, 0 < norm_sq -> 0 < l -> 0 < lr ->
  cos_distance norm_sq (l ^ 2) lr 0 < periodic_delta_bound norm_sq (l ^ 2) lr.
Proof.
  intros n l lr Hn Hl Hlr; unfold cos_distance.
  assert (E : tan_sq n (l ^ 2) lr 0 = 2 * periodic_delta_bound n (l ^ 2) lr)
    by (unfold tan_sq, periodic_delta_bound; field; lra).
  assert (P : 0 < periodic_delta_bound n (l ^ 2) lr).
  { unfold periodic_delta_bound; apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; apply pow_lt; lra|].
    apply Rmult_lt_0_compat; [lra|apply pow_lt; lra]. }
  change (periodic_inverse_cos_sq n (l ^ 2) lr 0) with (1 + tan_sq n (l ^ 2) lr 0). rewrite E.
  set (d := periodic_delta_bound n (l ^ 2) lr) in *; clearbody d.
  assert (I : 0 < / sqrt (1 + 2 * d)) by (apply Rinv_0_lt_compat, sqrt_lt_R0; lra).
  apply Rnot_le_lt; intro C.
  destruct (Rle_lt_dec 1 d) as [D|D]; [lra|].
  assert (H : / sqrt (1 + 2 * d) < 1 - d + d * d * (1 - d) / 4 /\ 0 < d * d * (1 - d)).
  { assert (0 < d * d * (1 - d)) by (repeat apply Rmult_lt_0_compat; lra). lra. }
  destruct H as [H Hd].
  assert (S : sqrt (1 + 2 * d) * sqrt (1 + 2 * d) = 1 + 2 * d) by (apply sqrt_sqrt; lra).
  assert (Q : 0 < sqrt (1 + 2 * d)) by (apply sqrt_lt_R0; lra).
  assert (E1 : / sqrt (1 + 2 * d) * sqrt (1 + 2 * d) = 1) by (field; lra).
  set (r := sqrt (1 + 2 * d)) in *; set (p := / r) in *; clearbody r p.
  assert (PP : p * p * (1 + 2 * d) = 1) by (rewrite <- S; nlra).
  assert (p * p <= (1 - d) * (1 - d)) by nlra.
  assert ((1 - d) * (1 - d) * (1 + 2 * d) = 1 - d * d * (3 - 2 * d)) by ring.
  assert (0 < d * d * (3 - 2 * d)) by (repeat apply Rmult_lt_0_compat; lra). nlra.
Qed.

Theorem delta_upper_refuted :
  exists norm_sq L lr wd, 0 < norm_sq /\ 0 < L /\ 0 < lr /\ 0 < wd /\ lr * wd < 1 /\
    cos_distance norm_sq (L ^ 2) lr wd > periodic_delta_bound norm_sq (L ^ 2) lr.
Proof.
  exists 1, (1 / 2), 1, (1 / 2); repeat split; try lra.
  assert (J : jump 1 ((1 / 2) ^ 2) 1 (1 / 2) (1 / 4)).
  { apply jump_exact; try lra. unfold periodic_jump_norm_4; lra. }
  unfold jump in J. unfold periodic_delta_bound. lra.
Qed.
