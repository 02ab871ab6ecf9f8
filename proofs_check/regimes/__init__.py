"""The statements of *regimes* (Kodryan et al. 2022), section 3 and appendices A, B and M."""
