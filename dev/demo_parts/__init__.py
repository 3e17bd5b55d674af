"""The demonstration, one part a file: the server, its load, the daemon, the screen, the replay."""
