"""The language of claims: terms, polynomials, power series, witnesses and derivations."""
