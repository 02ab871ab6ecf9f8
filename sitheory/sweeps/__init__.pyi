from .grid import (
    Grid as Grid,
    Swept as Swept,
    rectangle as rectangle,
)
from .run import (
    IN_FLIGHT as IN_FLIGHT,
    blocks_folder as blocks_folder,
    collect as collect,
    ensure as ensure,
    finish as finish,
    result_path as result_path,
)
