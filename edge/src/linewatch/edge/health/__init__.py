"""What the device says of itself to those beside it: metrics, a status page, the service manager."""
