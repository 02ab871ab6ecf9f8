(* Groups on the sphere: almost no start vanishes above the threshold, what averages are exact, the spectrum of eq. 9. *)
From Coq Require Import Reals Lra Lia Psatz Classical List.
From Coquelicot Require Import Coquelicot.
From Sitheory Require Import Theory Beta Norm RegimesMore.
Open Scope R_scope.

(** * Fractions of one variable have finitely many zeros *)

Fixpoint eval (l : list R) (s : R) : R := match l with nil => 0 | a :: m => a + s * eval m s end.

Lemma eval_plus : forall l m, exists k, (length k <= Nat.max (length l) (length m))%nat /\ forall s, eval k s = eval l s + eval m s.
Proof.
  induction l as [|a l IH]; intro m; [exists m; split; [apply Nat.le_max_r|intro; simpl; ring]|].
  destruct m as [|b m]; [exists (a :: l); split; [apply Nat.le_max_l|intro; simpl; ring]|].
  destruct (IH m) as (k & L & E). exists ((a + b) :: k). split; [simpl; lia|]. intro s; simpl; rewrite E; ring.
Qed.

Lemma eval_scal : forall c l, exists k, length k = length l /\ forall s, eval k s = c * eval l s.
Proof.
  induction l as [|a l (k & L & E)]; [exists nil; split; [reflexivity|intro; simpl; ring]|].
  exists ((c * a) :: k). split; [simpl; lia|]. intro s; simpl; rewrite E; ring.
Qed.

Lemma eval_mult : forall l m, exists k, forall s, eval k s = eval l s * eval m s.
Proof.
  induction l as [|a l IH]; intro m; [exists nil; intro; simpl; ring|].
  destruct (IH m) as [k E], (eval_scal a m) as (c & _ & C). destruct (eval_plus c (0 :: k)) as (d & _ & D).
  exists d; intro s. rewrite D, C; simpl; rewrite E; ring.
Qed.

Lemma eval_divided : forall a l, exists q, (length q <= pred (length l))%nat /\
  forall s, eval l s - eval l a = (s - a) * eval q s.
Proof.
  intro a; induction l as [|c l (q & L & E)]; [exists nil; split; [simpl; lia|intro; simpl; ring]|].
  destruct (eval_scal a q) as (k & K1 & K2), (eval_plus l k) as (d & D1 & D2).
  exists d; split; [simpl; lia|]. intro s; simpl. rewrite D2, K2.
  replace (c + s * eval l s - (c + a * eval l a)) with ((s - a) * eval l s + a * (eval l s - eval l a)) by ring.
  rewrite E; ring.
Qed.

Lemma polynomial_roots : forall k l, (length l <= k)%nat -> (exists s, eval l s <> 0) ->
  exists roots, forall s, eval l s = 0 -> In s roots.
Proof.
  induction k as [|k IH]; intros l L [s0 N].
  - destruct l; [exfalso; apply N; reflexivity|simpl in L; lia].
  - destruct (classic (exists a, eval l a = 0)) as [[a A]|No].
    + destruct (eval_divided a l) as (q & Q1 & Q2). destruct (IH q ltac:(lia)) as [roots H].
      { exists s0; intro Z; apply N. pose proof (Q2 s0) as E. rewrite A, Z in E. lra. }
      exists (a :: roots); intros s Z. pose proof (Q2 s) as E. rewrite A, Z in E.
      assert (E0 : (s - a) * eval q s = 0) by lra. apply Rmult_integral in E0; destruct E0 as [E0|E0]; [left; lra|right; apply H, E0].
    + exists nil; intros s Z; apply No; exists s; exact Z.
Qed.

Definition polynomial (f : R -> R) : Prop := exists l, forall s, f s = eval l s.
Definition fraction (D : R -> Prop) (f : R -> R) : Prop := exists p q, polynomial p /\ polynomial q /\
  forall s, D s -> q s <> 0 /\ f s = p s / q s.

Lemma polynomial_plus : forall f g, polynomial f -> polynomial g -> polynomial (fun s => f s + g s).
Proof. intros f g [l L] [m M]; destruct (eval_plus l m) as (k & _ & K). exists k; intro s; rewrite K, L, M; ring. Qed.
Lemma polynomial_mult : forall f g, polynomial f -> polynomial g -> polynomial (fun s => f s * g s).
Proof. intros f g [l L] [m M]; destruct (eval_mult l m) as [k K]. exists k; intro s; rewrite K, L, M; ring. Qed.
Lemma polynomial_const : forall c, polynomial (fun _ => c).
Proof. intro c; exists (c :: nil); intro s; simpl; ring. Qed.
Lemma polynomial_line : forall a b, polynomial (fun s => a + s * b).
Proof. intros a b; exists (a :: b :: nil); intro s; simpl; ring. Qed.

Section Fractions.
  Variable D : R -> Prop.

  Lemma fraction_ext : forall f g, (forall s, D s -> g s = f s) -> fraction D f -> fraction D g.
  Proof. intros f g E (p & q & P & Q & H). exists p, q; repeat split; try assumption; [|rewrite E by assumption]; apply H; assumption. Qed.
  Lemma fraction_polynomial : forall f, polynomial f -> fraction D f.
  Proof. intros f F; exists f, (fun _ => 1); repeat split; [exact F|apply polynomial_const|lra|field]. Qed.
  Lemma fraction_const : forall c, fraction D (fun _ => c).
  Proof. intro c; apply fraction_polynomial, polynomial_const. Qed.
  Lemma fraction_plus : forall f g, fraction D f -> fraction D g -> fraction D (fun s => f s + g s).
  Proof.
    intros f g (p & q & P & Q & H) (p' & q' & P' & Q' & H').
    exists (fun s => p s * q' s + p' s * q s), (fun s => q s * q' s). repeat split.
    - apply polynomial_plus; apply polynomial_mult; assumption.
    - apply polynomial_mult; assumption.
    - apply Rmult_integral_contrapositive; split; [apply H|apply H']; assumption.
    - destruct (H s) as [A ->]; [assumption|]; destruct (H' s) as [A' ->]; [assumption|]. field; split; assumption.
  Qed.
  Lemma fraction_mult : forall f g, fraction D f -> fraction D g -> fraction D (fun s => f s * g s).
  Proof.
    intros f g (p & q & P & Q & H) (p' & q' & P' & Q' & H').
    exists (fun s => p s * p' s), (fun s => q s * q' s). repeat split; try (apply polynomial_mult; assumption).
    - apply Rmult_integral_contrapositive; split; [apply H|apply H']; assumption.
    - destruct (H s) as [A ->]; [assumption|]; destruct (H' s) as [A' ->]; [assumption|]. field; split; assumption.
  Qed.
  Lemma fraction_inv : forall f, fraction D f -> (forall s, D s -> f s <> 0) -> fraction D (fun s => / f s).
  Proof.
    intros f (p & q & P & Q & H) N. exists q, p. repeat split; try assumption.
    - destruct (H s) as [A E]; [assumption|]. intro Z; apply (N s); [assumption|]. rewrite E, Z; field; exact A.
    - destruct (H s) as [A E]; [assumption|]. pose proof (N s ltac:(assumption)) as Ns. rewrite E in *.
      assert (p s <> 0) by (intro Z; apply Ns; rewrite Z; field; exact A). field; split; assumption.
  Qed.
  Lemma fraction_sum : forall n f, (forall i, (i < n)%nat -> fraction D (fun s => f s i)) -> fraction D (fun s => sum_to n (f s)).
  Proof.
    induction n as [|n IH]; intros f H; simpl; [apply fraction_const|].
    apply fraction_plus; [apply IH; intros; apply H; lia|apply H; lia].
  Qed.
  Lemma fraction_roots : forall f, fraction D f -> (exists s, D s /\ f s <> 0) ->
    exists roots, forall s, D s -> f s = 0 -> In s roots.
  Proof.
    intros f (p & q & [l L] & _ & H) (s0 & D0 & N). destruct (polynomial_roots (length l) l (le_n _)) as [roots R0].
    - exists s0; intro Z; apply N. destruct (H s0 D0) as [A ->]. rewrite L, Z; field; exact A.
    - exists roots; intros s Ds Z. apply R0. destruct (H s Ds) as [A E]. rewrite <- L.
      assert (p s = f s * q s) as -> by (rewrite E; field; exact A). rewrite Z; ring.
  Qed.
End Fractions.

(** * The run without the roots: homogeneous, so that a start may be given up to a factor *)

Definition whole_sq (n : nat) (x y : nat -> R) : R := sum_to n (fun i => x i ^ 2 + y i ^ 2).
Fixpoint cone_run (n : nat) (alpha : nat -> R) (lr : R) (x0 y0 : nat -> R) (t : nat) : (nat -> R) * (nat -> R) :=
  match t with
  | O => (x0, y0)
  | S u => let x := fst (cone_run n alpha lr x0 y0 u) in let y := snd (cone_run n alpha lr x0 y0 u) in
           let own := lr * whole_sq n x y in (toy_x alpha own x y, toy_y alpha own x y)
  end.

Section Cone.
  Variables (n : nat) (alpha : nat -> R) (lr : R).
  Hypotheses (Hn : (0 < n)%nat) (Ha : forall i, (i < n)%nat -> 0 < alpha i) (Hl : 0 < lr).

  Lemma whole_positive : forall x y, (forall i, (i < n)%nat -> y i <> 0) -> 0 < whole_sq n x y.
  Proof.
    intros x y Hy; apply sum_pos; [exact Hn|]. intros i Hi. pose proof (Rsqr_pos_lt _ (Hy i Hi)) as Q; unfold Rsqr in Q.
    pose proof (pow2_ge_0 (x i)). simpl in *; lra.
  Qed.

  Lemma cone_y : forall x0 y0, (forall i, (i < n)%nat -> y0 i <> 0) -> forall t i, (i < n)%nat ->
    snd (cone_run n alpha lr x0 y0 t) i <> 0.
  Proof.
    intros x0 y0 Hy; induction t as [|t IH]; intros i Hi; [apply Hy; exact Hi|]. simpl.
    assert (P : 0 < lr * whole_sq n (fst (cone_run n alpha lr x0 y0 t)) (snd (cone_run n alpha lr x0 y0 t)))
      by (apply Rmult_lt_0_compat; [exact Hl|apply whole_positive; exact IH]).
    destruct (group_in_step (alpha i) _ (fst (cone_run n alpha lr x0 y0 t) i) (snd (cone_run n alpha lr x0 y0 t) i)
      (Ha i Hi) P (IH i Hi)) as (_ & B & _). exact B.
  Qed.

  (* The run on the sphere is the cone's run, up to one factor a step. *)
  Lemma run_is_cone : forall x0 y0 u0 v0 c, on_sphere n (x0, y0) -> (forall i, (i < n)%nat -> y0 i <> 0) -> 0 < c ->
    (forall i, (i < n)%nat -> x0 i = c * u0 i /\ y0 i = c * v0 i) ->
    forall t, exists k, 0 < k /\ forall i, (i < n)%nat ->
      fst (toy_run n alpha lr x0 y0 t) i = k * fst (cone_run n alpha lr u0 v0 t) i /\
      snd (toy_run n alpha lr x0 y0 t) i = k * snd (cone_run n alpha lr u0 v0 t) i.
  Proof.
    intros x0 y0 u0 v0 c H1 Hy Hc H0. assert (Hv : forall i, (i < n)%nat -> v0 i <> 0).
    { intros i Hi Z; apply (Hy i Hi). rewrite (proj2 (H0 i Hi)), Z; ring. }
    induction t as [|t (k & K & E)]; [exists c; split; [exact Hc|exact H0]|].
    destruct (toy_invariant n alpha lr x0 y0 Hn Ha Hl H1 Hy t) as [S1 Y1].
    pose proof (toy_stretch_ge_1 n alpha lr x0 y0 Hn Ha Hl H1 Hy t) as G. cbv beta in *.
    pose proof (cone_y u0 v0 Hv t) as CY. simpl.
    set (X := fst (toy_run n alpha lr x0 y0 t)) in *. set (Y := snd (toy_run n alpha lr x0 y0 t)) in *.
    set (U := fst (cone_run n alpha lr u0 v0 t)) in *. set (V := snd (cone_run n alpha lr u0 v0 t)) in *.
    assert (W : whole_sq n U V = / k ^ 2).
    { unfold on_sphere in S1. fold X Y in S1. assert (Q : k ^ 2 * whole_sq n U V = 1).
      { rewrite <- S1. unfold whole_sq; rewrite <- sum_scal. apply sum_ext; intros i Hi.
        destruct (E i Hi) as [-> ->]; ring. }
      apply Rmult_eq_reg_l with (k ^ 2); [rewrite Q; field; lra|]. apply pow_nonzero; lra. }
    assert (P : 0 < sqrt (toy_stretch n alpha lr X Y)) by (apply sqrt_lt_R0; lra).
    exists (k / sqrt (toy_stretch n alpha lr X Y)). split; [apply Rdiv_lt_0_compat; lra|].
    intros i Hi. destruct (E i Hi) as [EX EY]. pose proof (CY i Hi) as Vi.
    assert (N : 0 < U i ^ 2 + V i ^ 2).
    { pose proof (pow2_ge_0 (U i)); pose proof (Rsqr_pos_lt _ Vi) as Q; unfold Rsqr in Q; simpl in *; lra. }
    unfold toy_x, toy_y, regimes_gradient_step_0, regimes_gradient_step_1, regimes_quotient_grad_0, regimes_quotient_grad_1.
    rewrite EX, EY, W. set (rho := sqrt _) in *.
    assert (N' : 0 < (k * U i) ^ 2 + (k * V i) ^ 2).
    { replace (_ + _) with (k ^ 2 * (U i ^ 2 + V i ^ 2)) by ring. apply Rmult_lt_0_compat; [apply pow_lt|]; lra. }
    split; field; repeat split; lra.
  Qed.

  (* Along a line of starts everything is a fraction. *)
  Lemma cone_fractions : forall ex ey dx dy,
    let D := fun s => forall i, (i < n)%nat -> ey i + s * dy i <> 0 in
    let run := fun s => cone_run n alpha lr (fun i => ex i + s * dx i) (fun i => ey i + s * dy i) in
    forall t i, (i < n)%nat -> fraction D (fun s => fst (run s t) i) /\ fraction D (fun s => snd (run s t) i).
  Proof.
    intros ex ey dx dy D run; induction t as [|t IH]; intros i Hi.
    - split; apply fraction_polynomial; simpl; apply polynomial_line.
    - assert (SQ : forall j, (j < n)%nat -> fraction D (fun s => fst (run s t) j ^ 2 + snd (run s t) j ^ 2)).
      { intros j Hj; destruct (IH j Hj) as [A B]. apply fraction_plus; simpl.
        - apply fraction_mult; [exact A|]. apply fraction_mult; [exact A|apply fraction_const].
        - apply fraction_mult; [exact B|]. apply fraction_mult; [exact B|apply fraction_const]. }
      assert (W : fraction D (fun s => whole_sq n (fst (run s t)) (snd (run s t)))).
      { unfold whole_sq. apply (fraction_sum D n (fun s j => fst (run s t) j ^ 2 + snd (run s t) j ^ 2)). exact SQ. }
      destruct (IH i Hi) as [A B].
      assert (I2 : fraction D (fun s => / (fst (run s t) i ^ 2 + snd (run s t) i ^ 2))).
      { apply fraction_inv; [apply SQ; exact Hi|]. intros s Ds.
        pose proof (cone_y (fun j => ex j + s * dx j) (fun j => ey j + s * dy j) Ds t i Hi) as C.
        fold (run s t) in C. pose proof (pow2_ge_0 (fst (run s t) i)). pose proof (Rsqr_pos_lt _ C) as Q; unfold Rsqr in Q.
        apply Rgt_not_eq; simpl in *; lra. }
      assert (G : fraction D (fun s => lr * whole_sq n (fst (run s t)) (snd (run s t)) * (2 * alpha i)
                  * (fst (run s t) i * snd (run s t) i)
                  * (/ (fst (run s t) i ^ 2 + snd (run s t) i ^ 2) * / (fst (run s t) i ^ 2 + snd (run s t) i ^ 2)))).
      { repeat apply fraction_mult; try assumption; apply fraction_const. }
      assert (NZ : forall s, D s -> fst (run s t) i ^ 2 + snd (run s t) i ^ 2 <> 0).
      { intros s Ds. pose proof (cone_y (fun j => ex j + s * dx j) (fun j => ey j + s * dy j) Ds t i Hi) as C.
        fold (run s t) in C. pose proof (pow2_ge_0 (fst (run s t) i)). pose proof (Rsqr_pos_lt _ C) as Q; unfold Rsqr in Q.
        apply Rgt_not_eq; simpl in *; lra. }
      split.
      + eapply fraction_ext; [|apply fraction_plus; [exact A|apply fraction_mult; [exact G|apply fraction_mult; [exact B|exact (fraction_const D (-1))]]]].
        intros s Ds. unfold run; simpl. fold (run s t).
        unfold toy_x, regimes_gradient_step_0, regimes_quotient_grad_0. pose proof (NZ s Ds) as Z.
        set (W0 := whole_sq _ _ _). set (U := fst (run s t) i) in *; set (V := snd (run s t) i) in *.
        clearbody W0 U V. field. intro Q0; apply Z; rewrite <- Q0; ring.
      + eapply fraction_ext; [|apply fraction_plus; [exact B|apply fraction_mult; [exact G|exact A]]].
        intros s Ds. unfold run; simpl. fold (run s t).
        unfold toy_y, regimes_gradient_step_1, regimes_quotient_grad_1. pose proof (NZ s Ds) as Z.
        set (W0 := whole_sq _ _ _). set (U := fst (run s t) i) in *; set (V := snd (run s t) i) in *.
        clearbody W0 U V. field. intro Q0; apply Z; rewrite <- Q0; ring.
  Qed.

  (* If one start never lands on x_i = 0, then on every line through it, at each time, only finitely many do. *)
  Theorem landings_on_lines : forall ex ey, on_sphere n (ex, ey) -> (forall i, (i < n)%nat -> ey i <> 0) ->
    (forall t i, (i < n)%nat -> fst (toy_run n alpha lr ex ey t) i <> 0) ->
    forall dx dy t, exists roots, forall s c x0 y0, 0 < c -> on_sphere n (x0, y0) ->
    (forall i, (i < n)%nat -> x0 i = c * (ex i + s * dx i) /\ y0 i = c * (ey i + s * dy i) /\ y0 i <> 0) ->
    (exists i, (i < n)%nat /\ fst (toy_run n alpha lr x0 y0 t) i = 0) -> In s roots.
  Proof.
    intros ex ey H1 Hy Never dx dy t. set (D := fun s => forall i, (i < n)%nat -> ey i + s * dy i <> 0).
    set (run := fun s => cone_run n alpha lr (fun i => ex i + s * dx i) (fun i => ey i + s * dy i)).
    assert (D0 : D 0) by (intros i Hi; rewrite Rmult_0_l, Rplus_0_r; apply Hy; exact Hi).
    assert (Each : forall k, (k <= n)%nat -> exists roots, forall s, D s ->
      (exists i, (i < k)%nat /\ fst (run s t) i = 0) -> In s roots).
    { induction k as [|k IH]; intro Hk; [exists nil; intros s _ (i & Hi & _); lia|].
      destruct (IH ltac:(lia)) as [old Old].
      destruct (fraction_roots D (fun s => fst (run s t) k)) as [new New].
      - apply (cone_fractions ex ey dx dy t k); lia.
      - exists 0; split; [exact D0|]. intro Z. apply (Never t k); [lia|].
        destruct (run_is_cone ex ey (fun i => ex i + 0 * dx i) (fun i => ey i + 0 * dy i) 1 H1 Hy ltac:(lra)
          ltac:(intros; split; ring) t) as (c & _ & E).
        destruct (E k ltac:(lia)) as [-> _]. fold (run 0 t). rewrite Z; ring.
      - exists (new ++ old); intros s Ds (i & Hi & Z). apply in_or_app.
        destruct (Nat.eq_dec i k) as [->|Ne]; [left; apply New; assumption|right; apply Old; [exact Ds|]].
        exists i; split; [lia|exact Z]. }
    destruct (Each n (le_n n)) as [roots H]. exists roots. intros s c x0 y0 Hc S0 H0 (i & Hi & Z).
    assert (Ds : D s).
    { intros j Hj C. destruct (H0 j Hj) as (_ & E & N). apply N. rewrite E, C; ring. }
    apply H; [exact Ds|]. exists i; split; [exact Hi|].
    destruct (run_is_cone x0 y0 (fun j => ex j + s * dx j) (fun j => ey j + s * dy j) c S0
      ltac:(intros j Hj; apply H0; exact Hj) Hc ltac:(intros j Hj; destruct (H0 j Hj) as (P & Q & _); split; assumption) t)
      as (k & K & E).
    destruct (E i Hi) as [E1 _]. fold (run s t) in E1. rewrite Z in E1. symmetry in E1.
    apply Rmult_integral in E1; destruct E1; [lra|assumption].
  Qed.
End Cone.

(** * The toy function as one map of direction and share, coupled through one mean *)

Section Balance.
  Variables (n : nat) (alpha : nat -> R) (lr : R) (x0 y0 : nat -> R).
  Hypotheses (Hn : (0 < n)%nat) (Ha : forall i, (i < n)%nat -> 0 < alpha i) (Hl : 0 < lr)
    (H1 : on_sphere n (x0, y0)) (Hy : forall i, (i < n)%nat -> y0 i <> 0).

  Let K : R := lr * sum_to n alpha.
  Let w (i : nat) : R := alpha i / sum_to n alpha.
  Let x (t : nat) : nat -> R := fst (toy_run n alpha lr x0 y0 t).
  Let y (t : nat) : nat -> R := snd (toy_run n alpha lr x0 y0 t).
  Let c (t i : nat) : R := regimes_balance_cos K ((x t i / y t i) ^ 2).
  Let a (t i : nat) : R := regimes_balance_share (w i) (x t i ^ 2 + y t i ^ 2).
  Let ess_sq (t i : nat) : R := scale_ess_sq (scale_elr lr (x t i ^ 2 + y t i ^ 2))
    (regimes_ratio_eff_grad_sq (alpha i) ((x t i / y t i) ^ 2)).

  Lemma total_alpha : 0 < sum_to n alpha.
  Proof. apply sum_pos; assumption. Qed.

  Lemma group_norm : forall t i, (i < n)%nat -> 0 < x t i ^ 2 + y t i ^ 2 /\ y t i <> 0.
  Proof.
    intros t i Hi. destruct (toy_invariant n alpha lr x0 y0 Hn Ha Hl H1 Hy t) as [_ Y]. cbv beta in Y.
    pose proof (Y i Hi) as Yi. fold (y t) in Yi. split; [|exact Yi].
    pose proof (pow2_ge_0 (x t i)); pose proof (Rsqr_pos_lt _ Yi) as Q; unfold Rsqr in Q; simpl in *; lra.
  Qed.

  Theorem balance_ess : forall t i, (i < n)%nat -> ess_sq t i = regimes_balance_ess_sq K (c t i) (a t i).
  Proof.
    intros t i Hi. destruct (group_norm t i Hi) as [P Y]. pose proof total_alpha as S0. pose proof (Ha i Hi).
    unfold ess_sq, regimes_balance_ess_sq, c, a, regimes_balance_cos, regimes_balance_share, w, scale_ess_sq, scale_elr,
      regimes_ratio_eff_grad_sq, K.
    set (rho := x t i ^ 2 + y t i ^ 2) in *. clearbody rho. set (s := (x t i / y t i) ^ 2).
    assert (0 <= s) by apply pow2_ge_0. clearbody s. field; repeat split; lra.
  Qed.

  Theorem balance_cos_step : forall t i, (i < n)%nat -> c (S t) i = regimes_balance_cos_next K (c t i) (a t i).
  Proof.
    intros t i Hi. destruct (toy_separates n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi) as (R1 & _ & R3). cbv beta in *.
    fold (x t) (y t) (x (S t)) (y (S t)) in *. pose proof (Ha i Hi) as Ai. pose proof total_alpha as S0.
    destruct (group_norm t i Hi) as [P Y].
    pose proof (level_gap (alpha i) (scale_elr lr (x t i ^ 2 + y t i ^ 2)) (x t i / y t i) Ai R3) as G. cbv zeta in G.
    fold (ess_sq t i) in G. rewrite <- R1 in G. pose proof (balance_ess t i Hi) as B.
    assert (E0 : 0 <= ess_sq t i) by (apply (toy_ess_nonneg n alpha lr x0 y0)).
    unfold regimes_balance_cos_next. fold (regimes_balance_ess_sq K (c t i) (a t i)). rewrite <- B.
    assert (C : forall u, c u i = K * (1 - 2 * (regimes_ratio_loss (alpha i) ((x u i / y u i) ^ 2) / alpha i))).
    { intro u; unfold c, regimes_balance_cos, regimes_ratio_loss. assert (Q : 0 <= (x u i / y u i) ^ 2) by apply pow2_ge_0.
      set (s := (x u i / y u i) ^ 2) in *; clearbody s. field; repeat split; lra. }
    rewrite !C. set (f' := regimes_ratio_loss _ ((x (S t) i / y (S t) i) ^ 2)) in *.
    set (f := regimes_ratio_loss _ ((x t i / y t i) ^ 2)) in *. set (l := regimes_level _ _) in G.
    assert (L : a t i = K * (1 - 2 * (l / alpha i))).
    { unfold a, l, regimes_level, regimes_balance_share, scale_elr, w, K. field; repeat split; lra. }
    rewrite L. assert (F : f' = l + (f - l) * ((1 - ess_sq t i) / (1 + ess_sq t i))) by lra. rewrite F.
    field; split; lra.
  Qed.

  Theorem balance_share_step : forall t i, (i < n)%nat ->
    a (S t) i = regimes_balance_grown K (c t i) (a t i) / sum_to n (fun j => w j * regimes_balance_grown K (c t j) (a t j)).
  Proof.
    intros t i Hi. destruct (toy_separates n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi) as (_ & R2 & R3). cbv beta in *.
    fold (x t) (y t) (x (S t)) (y (S t)) in *. fold (ess_sq t i) in R2. pose proof total_alpha as S0.
    pose proof (toy_stretch_ge_1 n alpha lr x0 y0 Hn Ha Hl H1 Hy t) as G. cbv beta in G. fold (x t) (y t) in G.
    assert (W : forall j, (j < n)%nat -> w j * regimes_balance_grown K (c t j) (a t j) = (x t j ^ 2 + y t j ^ 2) * (1 + ess_sq t j)).
    { intros j Hj. rewrite (balance_ess t j Hj). unfold regimes_balance_grown. fold (regimes_balance_ess_sq K (c t j) (a t j)).
      set (E := regimes_balance_ess_sq _ _ _). unfold a, regimes_balance_share, w. pose proof (Ha j Hj). field; lra. }
    assert (T : sum_to n (fun j => w j * regimes_balance_grown K (c t j) (a t j)) = toy_stretch n alpha lr (x t) (y t)).
    { unfold toy_stretch. apply sum_ext; intros j Hj. rewrite (W j Hj). destruct (group_norm t j Hj) as [P Y].
      destruct (group_in_step (alpha j) lr (x t j) (y t j) (Ha j Hj) Hl Y) as (_ & _ & _ & D). cbv zeta in D.
      unfold toy_x, toy_y. rewrite D. reflexivity. }
    rewrite T. destruct (group_norm t i Hi) as [P _]. destruct (group_norm (S t) i Hi) as [P' _].
    assert (E0 : 0 <= ess_sq t i) by (apply (toy_ess_nonneg n alpha lr x0 y0)).
    pose proof (Ha i Hi) as Ai.
    assert (Wi : regimes_balance_grown K (c t i) (a t i) = (x t i ^ 2 + y t i ^ 2) * (1 + ess_sq t i) / w i).
    { rewrite <- (W i Hi). unfold w; field; split; lra. }
    rewrite Wi. unfold a, regimes_balance_share. set (rho := x t i ^ 2 + y t i ^ 2) in *.
    set (rho' := x (S t) i ^ 2 + y (S t) i ^ 2) in *. set (z := toy_stretch _ _ _ _ _) in *. clearbody rho rho' z.
    unfold scale_elr in R2.
    assert (Q : rho' = rho * (1 + ess_sq t i) / z).
    { assert (V : rho' = lr / (lr / rho')) by (field; lra). rewrite V, R2. field; repeat split; lra. }
    rewrite Q. unfold w; field; repeat split; lra.
  Qed.

  (* The exact average of the levels, in every regime: the drifts of a group add up to a bounded change of its value. *)
  Theorem level_average : forall i, (i < n)%nat -> forall T,
    Rabs (sum_to T (fun t => regimes_level_drift (regimes_level (alpha i) (scale_elr lr (x t i ^ 2 + y t i ^ 2)))
      (regimes_ratio_loss (alpha i) ((x t i / y t i) ^ 2)) (ess_sq t i))) <= alpha i.
  Proof.
    intros i Hi T. pose proof (Ha i Hi) as Ai.
    assert (V : forall t, 0 <= regimes_ratio_loss (alpha i) ((x t i / y t i) ^ 2) <= alpha i).
    { intro t; unfold regimes_ratio_loss. assert (S0 : 0 <= (x t i / y t i) ^ 2) by apply pow2_ge_0.
      set (s := (x t i / y t i) ^ 2) in *; clearbody s. split; [apply Rdiv_le_0_compat; nra|].
      apply Rmult_le_reg_r with (1 + s); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra. }
    assert (Tel : sum_to T (fun t => regimes_level_drift (regimes_level (alpha i) (scale_elr lr (x t i ^ 2 + y t i ^ 2)))
      (regimes_ratio_loss (alpha i) ((x t i / y t i) ^ 2)) (ess_sq t i))
      = regimes_ratio_loss (alpha i) ((x T i / y T i) ^ 2) - regimes_ratio_loss (alpha i) ((x O i / y O i) ^ 2)).
    { induction T as [|t IH]; [simpl; ring|]. rewrite sum_S, IH.
      destruct (toy_separates n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi) as (R1 & _ & R3). cbv beta in *.
      fold (x t) (y t) (x (S t)) (y (S t)) in *.
      pose proof (level_gap (alpha i) (scale_elr lr (x t i ^ 2 + y t i ^ 2)) (x t i / y t i) Ai R3) as G. cbv zeta in G.
      fold (ess_sq t i) in G. rewrite <- R1 in G.
      assert (E0 : 0 <= ess_sq t i) by (apply (toy_ess_nonneg n alpha lr x0 y0)).
      set (l := regimes_level _ _) in *. set (f := regimes_ratio_loss _ ((x t i / y t i) ^ 2)) in *.
      set (f' := regimes_ratio_loss _ ((x (S t) i / y (S t) i) ^ 2)) in *. unfold regimes_level_drift.
      assert (F : f' = l + (f - l) * ((1 - ess_sq t i) / (1 + ess_sq t i))) by lra. rewrite F. field; lra. }
    rewrite Tel. destruct (V T), (V O). apply Rabs_le; lra.
  Qed.

  (* A start at the equilibrium stays there; above the threshold it never lands. *)
  Theorem equilibrium_never_lands : 1 < K ->
    (forall i, (i < n)%nat -> (x0 i / y0 i) ^ 2 = (K - 1) / (K + 1) /\ x0 i ^ 2 + y0 i ^ 2 = w i) ->
    forall t i, (i < n)%nat -> x t i <> 0.
  Proof.
    intros HK H0.
    assert (Inv : forall t, forall i, (i < n)%nat -> c t i = 1 /\ a t i = 1).
    { pose proof total_alpha as S0. induction t as [|t IH]; intros i Hi; pose proof (Ha i Hi).
      - unfold c, a, x, y, regimes_balance_cos, regimes_balance_share; simpl toy_run; cbn [fst snd].
        destruct (H0 i Hi) as [-> ->]. split; [field; lra|]. unfold w; field; split; lra.
      - assert (G1 : regimes_balance_grown K 1 1 = K ^ 2) by (unfold regimes_balance_grown; field).
        rewrite balance_cos_step, balance_share_step by exact Hi. destruct (IH i Hi) as [-> ->].
        rewrite (sum_ext n _ (fun j => K ^ 2 * w j)).
        + rewrite sum_scal. assert (W : sum_to n w = 1).
          { unfold w. rewrite (sum_ext n _ (fun j => / sum_to n alpha * alpha j)); [|intros; unfold Rdiv; ring].
            rewrite sum_scal. field; lra. }
          rewrite W, G1. assert (0 < K ^ 2) by (apply pow_lt; lra). split; [|field; lra].
          unfold regimes_balance_cos_next. field. replace (_ + _) with (K ^ 2) by ring. lra.
        + intros j Hj. destruct (IH j Hj) as [-> ->]. rewrite G1; ring. }
    intros t i Hi Z. destruct (Inv t i Hi) as [C _]. unfold c, regimes_balance_cos in C. rewrite Z in C.
    destruct (group_norm t i Hi) as [_ Y]. replace (0 / y t i) with 0 in C by (field; exact Y).
    replace (0 ^ 2) with 0 in C by ring. replace (K * (1 - 0) / (1 + 0)) with K in C by field. lra.
  Qed.
  (* Below the threshold: where the values vanish and an ELR has a limit, the group's rate is one group's. *)
  Theorem rate_below : forall i (e : R), (i < n)%nat ->
    is_lim_seq (fun t => toy_value n alpha (toy_run n alpha lr x0 y0 t)) 0 ->
    is_lim_seq (fun t => scale_elr lr (x t i ^ 2 + y t i ^ 2)) e ->
    exists q, (forall t, x (S t) i / y (S t) i = x t i / y t i * q t) /\ is_lim_seq q (1 - 2 * (alpha i * e)).
  Proof.
    intros i e Hi L He. set (u := fun t => (x t i / y t i) ^ 2 / (1 + (x t i / y t i) ^ 2)).
    exists (fun t => 1 - 2 * (alpha i * scale_elr lr (x t i ^ 2 + y t i ^ 2))
                       / (1 + 2 * (alpha i * scale_elr lr (x t i ^ 2 + y t i ^ 2)) * u t)). split.
    - intro t; destruct (toy_separates n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi) as (R1 & _ & R3). cbv beta in *.
      fold (x t) (y t) (x (S t)) (y (S t)) in *. rewrite R1. unfold regimes_ratio_next, u.
      assert (S0 : 0 <= (x t i / y t i) ^ 2) by apply pow2_ge_0. pose proof (Ha i Hi).
      set (r := x t i / y t i) in *. set (k := scale_elr _ _) in *. set (s := r ^ 2) in *. clearbody r k s.
      assert (0 < alpha i * k) by (apply Rmult_lt_0_compat; lra). field; repeat split; nra.
    - assert (U : is_lim_seq u 0).
      { apply is_lim_seq_spec; intros [eps Heps]; simpl.
        destruct (small_value_small_ratios n alpha lr x0 y0 Hn Ha Hl H1 Hy (eps / 2) ltac:(lra) L) as [T HT]. exists T; intros t Ht.
        pose proof (HT t i Ht Hi) as B. cbv beta in B. fold (x t) (y t) in B. unfold u.
        assert (S0 : 0 <= (x t i / y t i) ^ 2) by apply pow2_ge_0. set (s := (x t i / y t i) ^ 2) in *; clearbody s.
        rewrite Rminus_0_r. assert (0 <= s / (1 + s) <= s); [|rewrite Rabs_pos_eq; lra].
        split; [apply Rdiv_le_0_compat; lra|]. apply Rmult_le_reg_r with (1 + s); [lra|].
        unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra. nra. }
      assert (K0 : is_lim_seq (fun t => 2 * (alpha i * scale_elr lr (x t i ^ 2 + y t i ^ 2))) (2 * (alpha i * e))).
      { apply (is_lim_seq_scal_l _ 2 (alpha i * e)), (is_lim_seq_scal_l _ (alpha i) e), He. }
      replace (1 - 2 * (alpha i * e)) with (1 - 2 * (alpha i * e) / (1 + 2 * (alpha i * e) * 0)) by (field; lra).
      apply is_lim_seq_minus'; [apply is_lim_seq_const|]. apply is_lim_seq_div'; [exact K0| |lra].
      apply is_lim_seq_plus'; [apply is_lim_seq_const|]. apply is_lim_seq_mult'; [exact K0|exact U].
  Qed.
End Balance.

(* Above the threshold: through the equilibrium's state, every line of starts holds, for each time, finitely many that land. *)
Theorem almost_no_start_lands : forall n alpha lr, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i) -> 0 < lr ->
  1 < lr * sum_to n alpha -> exists ex ey, on_sphere n (ex, ey) /\ (forall i, (i < n)%nat -> 0 < ex i /\ 0 < ey i) /\
  forall dx dy t, exists roots, forall s c x0 y0, 0 < c -> on_sphere n (x0, y0) ->
  (forall i, (i < n)%nat -> x0 i = c * (ex i + s * dx i) /\ y0 i = c * (ey i + s * dy i) /\ y0 i <> 0) ->
  (exists i, (i < n)%nat /\ fst (toy_run n alpha lr x0 y0 t) i = 0) -> In s roots.
Proof.
  intros n alpha lr Hn Ha Hl HK. set (K := lr * sum_to n alpha) in *.
  assert (S0 : 0 < sum_to n alpha) by (apply sum_pos; assumption).
  set (l := (1 - / K) / 2). assert (IK : 0 < / K < 1).
  { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1; apply Rinv_lt_contravar; lra. }
  assert (L : 0 < l < 1) by (unfold l; lra).
  set (ex := fun i => sqrt (alpha i / sum_to n alpha * l)). set (ey := fun i => sqrt (alpha i / sum_to n alpha * (1 - l))).
  assert (P : forall i, (i < n)%nat -> 0 < ex i /\ 0 < ey i /\ ex i ^ 2 = alpha i / sum_to n alpha * l /\
    ey i ^ 2 = alpha i / sum_to n alpha * (1 - l)).
  { intros i Hi. assert (W : 0 < alpha i / sum_to n alpha) by (apply Rdiv_lt_0_compat; [apply Ha; exact Hi|exact S0]).
    assert (A : 0 < alpha i / sum_to n alpha * l) by (apply Rmult_lt_0_compat; lra).
    assert (B : 0 < alpha i / sum_to n alpha * (1 - l)) by (apply Rmult_lt_0_compat; lra).
    unfold ex, ey; repeat split; try (apply sqrt_lt_R0; assumption); apply pow2_sqrt; lra. }
  assert (O1 : on_sphere n (ex, ey)).
  { unfold on_sphere; cbn [fst snd]. rewrite (sum_ext n _ (fun i => / sum_to n alpha * alpha i)); [rewrite sum_scal; field; lra|].
    intros i Hi. destruct (P i Hi) as (_ & _ & -> & ->). field; lra. }
  assert (Y1 : forall i, (i < n)%nat -> ey i <> 0) by (intros i Hi; destruct (P i Hi) as (_ & Q & _); lra).
  exists ex, ey. split; [exact O1|]. split; [intros i Hi; destruct (P i Hi) as (A & B & _); split; assumption|].
  apply (landings_on_lines n alpha lr Hn Ha Hl ex ey O1 Y1).
  apply (equilibrium_never_lands n alpha lr ex ey Hn Ha Hl O1 Y1 HK).
  intros i Hi. destruct (P i Hi) as (A & B & QX & QY). pose proof (Ha i Hi) as Ai. split.
  - unfold Rdiv; rewrite Rpow_mult_distr, pow_inv by lra. fold (ex i ^ 2 / ey i ^ 2). rewrite QX, QY. fold K. unfold l.
    field; repeat split; lra.
  - rewrite QX, QY. field; lra.
Qed.

(** * The spectrum at the equilibrium of eq. 9, for every n and alpha *)

Lemma sum_derivative : forall n (f : nat -> R -> R) df h, (forall i, (i < n)%nat -> is_derive (f i) h (df i)) ->
  is_derive (fun u => sum_to n (fun i => f i u)) h (sum_to n df).
Proof.
  induction n as [|n IH]; intros f df h H; simpl; [exact (is_derive_const (0 : R) h)|].
  apply (is_derive_plus (fun u => sum_to n (fun i => f i u)) (f n) h); [apply IH; intros; apply H; lia|apply H; lia].
Qed.

(* Directions c_i = 1 + h p_i and shares a_i = 1 + h q_i: what a step makes of them to first order. *)
Definition turned_p (K p q : R) : R := regimes_turn_cos K * p + (1 - regimes_turn_cos K) * q.
Definition grown_q (K p q : R) : R := regimes_turn_cos K * q - (1 + regimes_turn_cos K) * p.
Definition turned_q (n : nat) (w : nat -> R) (K : R) (p q : nat -> R) (i : nat) : R :=
  grown_q K (p i) (q i) - sum_to n (fun j => w j * grown_q K (p j) (q j)).

Theorem linear_step : forall n w K (p q : nat -> R) i, 0 < K -> (0 < n)%nat -> sum_to n w = 1 ->
  is_derive (fun h => regimes_balance_cos_next K (1 + h * p i) (1 + h * q i)) 0 (turned_p K (p i) (q i)) /\
  is_derive (fun h => regimes_balance_grown K (1 + h * p i) (1 + h * q i)
    / sum_to n (fun j => w j * regimes_balance_grown K (1 + h * p j) (1 + h * q j))) 0 (turned_q n w K p q i).
Proof.
  intros n w K p q i HK Hn Hw. assert (K2 : 0 < K ^ 2) by (apply pow_lt; exact HK). split.
  - unfold regimes_balance_cos_next, turned_p, regimes_turn_cos. auto_derive.
    + replace (1 + 0 * q i) with 1 by ring. replace (1 + 0 * p i) with 1 by ring.
      repeat split; lra.
    + field. repeat split; try lra; simpl in *; apply Rgt_not_eq; nra.
  - assert (G : forall j, is_derive (fun h => regimes_balance_grown K (1 + h * p j) (1 + h * q j)) 0 (K ^ 2 * grown_q K (p j) (q j))).
    { intro j; unfold regimes_balance_grown, grown_q, regimes_turn_cos. auto_derive.
      - replace (1 + 0 * q j) with 1 by ring. lra.
      - field; lra. }
    assert (V : forall j, regimes_balance_grown K (1 + 0 * p j) (1 + 0 * q j) = K ^ 2).
    { intro j; rewrite !Rmult_0_l, Rplus_0_r. unfold regimes_balance_grown; field. }
    assert (Z : is_derive (fun h => sum_to n (fun j => w j * regimes_balance_grown K (1 + h * p j) (1 + h * q j))) 0
                  (sum_to n (fun j => w j * (K ^ 2 * grown_q K (p j) (q j))))).
    { apply sum_derivative; intros j _. apply (is_derive_scal (fun h => regimes_balance_grown K (1 + h * p j) (1 + h * q j)) 0 (w j)), G. }
    assert (Z0 : sum_to n (fun j => w j * regimes_balance_grown K (1 + 0 * p j) (1 + 0 * q j)) = K ^ 2).
    { rewrite (sum_ext n _ (fun j => K ^ 2 * w j)); [rewrite sum_scal, Hw; ring|]. intros j _; rewrite V; ring. }
    pose proof (is_derive_div _ _ 0 _ _ (G i) Z) as Q. cbv beta in Q. rewrite Z0, V in Q.
    evar_last; [apply Q; lra|]. unfold turned_q.
    rewrite (sum_ext n _ (fun j => K ^ 2 * (w j * grown_q K (p j) (q j)))) by (intros; ring).
    rewrite sum_scal. field; lra.
Qed.

(* Shares satisfy sum_i w_i q_i = 0. There the step is cos(theta) once, and a turn by theta on all the rest. *)
Theorem spectrum : forall n w K, 1 < K -> sum_to n w = 1 -> let c := regimes_turn_cos K in -1 < c < 1 /\
  (forall p0 i, turned_p K p0 0 = c * p0 /\ turned_q n w K (fun _ => p0) (fun _ => 0) i = 0) /\
  forall p q, sum_to n (fun i => w i * p i) = 0 -> sum_to n (fun i => w i * q i) = 0 ->
    let p' := fun i => turned_p K (p i) (q i) in let q' := turned_q n w K p q in
    sum_to n (fun i => w i * p' i) = 0 /\ sum_to n (fun i => w i * q' i) = 0 /\
    forall i, turned_p K (p' i) (q' i) = 2 * c * p' i - p i /\ turned_q n w K p' q' i = 2 * c * q' i - q i.
Proof.
  intros n w K HK Hw c. assert (K2 : 1 < K ^ 2) by nra. split; [|split].
  - unfold c, regimes_turn_cos. assert (0 < 2 / K ^ 2) by (apply Rdiv_lt_0_compat; lra).
    assert (2 / K ^ 2 < 2); [|lra]. apply Rmult_lt_reg_r with (K ^ 2); [lra|]. unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
  - intros p0 i; unfold turned_p, turned_q, grown_q; fold c. split; [ring|].
    rewrite (sum_ext n _ (fun j => (c * 0 - (1 + c) * p0) * w j)) by (intros; ring). rewrite sum_scal, Hw; ring.
  - intros p q Hp Hq p' q'.
    assert (M : sum_to n (fun j => w j * grown_q K (p j) (q j)) = 0).
    { rewrite (sum_ext n _ (fun j => c * (w j * q j) + (- (1 + c)) * (w j * p j))) by (intros; unfold grown_q; fold c; ring).
      rewrite sum_plus, !sum_scal, Hp, Hq; ring. }
    assert (Q : forall i, q' i = grown_q K (p i) (q i)) by (intro i; unfold q', turned_q; rewrite M; ring).
    assert (P1 : sum_to n (fun i => w i * p' i) = 0).
    { rewrite (sum_ext n _ (fun j => c * (w j * p j) + (1 - c) * (w j * q j))) by (intros; unfold p', turned_p; fold c; ring).
      rewrite sum_plus, !sum_scal, Hp, Hq; ring. }
    assert (Q1 : sum_to n (fun i => w i * q' i) = 0).
    { rewrite (sum_ext n _ (fun j => w j * grown_q K (p j) (q j))) by (intros; rewrite Q; reflexivity). exact M. }
    assert (M1 : sum_to n (fun j => w j * grown_q K (p' j) (q' j)) = 0).
    { rewrite (sum_ext n _ (fun j => c * (w j * q' j) + (- (1 + c)) * (w j * p' j))) by (intros; unfold grown_q; fold c; ring).
      rewrite sum_plus, !sum_scal, P1, Q1; ring. }
    split; [exact P1|]. split; [exact Q1|]. intro i. split.
    + unfold turned_p at 1. rewrite Q. unfold p', turned_p, grown_q; fold c. ring.
    + unfold turned_q; rewrite M1. rewrite Q. unfold p', turned_p, grown_q; fold c. ring.
Qed.
