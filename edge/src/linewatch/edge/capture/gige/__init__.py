"""Cameras that speak GigE Vision or USB3 Vision, through the C library Aravis."""
