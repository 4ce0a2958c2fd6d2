"""Tables and rules. No Flask, no network: everything here is true whoever asks."""
