"""The classes behind the functions of :mod:`..als` and :mod:`..bpr`, where implicit has them."""
