"""The control service's messages and stubs; made from control.proto when the package is built."""
