"""pyOCD debug probe that is an emulated board."""
