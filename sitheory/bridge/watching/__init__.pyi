from . import (
    laws as laws,
)
