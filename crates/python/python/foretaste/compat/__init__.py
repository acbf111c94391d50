"""Other libraries' interfaces over foretaste's engine: :mod:`foretaste.compat.implicit`."""
