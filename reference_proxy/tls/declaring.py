"""`python -m reference_proxy.tls.declaring` writes declared.py anew, as after a change of headers.

What cffi makes of the declarations is kept: to read C takes as long as all the rest of a start.
"""

from __future__ import annotations

from pathlib import Path

from cffi import FFI

from reference_proxy.tls import headers

DECLARED = Path(__file__).with_name("declared.py")


def write(file: Path) -> None:
    """Write the module whose `ffi` has what `headers` declares."""
    ffi = FFI()
    ffi.cdef(headers.DECLARATIONS)
    ffi.set_source("reference_proxy.tls.declared", None)
    ffi.emit_python_code(str(file))


if __name__ == "__main__":
    write(DECLARED)
