"""The statements of the thesis summary (Kodryan 2023): mostly restated from *periodic* and *regimes*."""
