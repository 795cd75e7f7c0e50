"""The practice city: invented schools, families and notices, made through the services like real ones."""
