"""What operators teach a device about its bundle, without the cloud: signed, shown, and taken back at will."""
