"""A FIX gateway server: orders in by gRPC, through risk and a journal, out by FIX."""
