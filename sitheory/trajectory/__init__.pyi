from .schema import (
    DIMS as DIMS,
    VARIABLES as VARIABLES,
    dataset as dataset,
    intact as intact,
    load as load,
    provenance as provenance,
    save as save,
    validate as validate,
)
