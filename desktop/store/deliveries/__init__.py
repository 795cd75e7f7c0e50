"""What goes out: fan-out, claims, outcomes, and the workers that send."""
