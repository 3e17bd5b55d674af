"""What the system and crash tests share: servers, the daemon, load, an oracle and a comparison."""
