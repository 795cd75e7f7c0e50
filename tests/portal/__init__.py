"""The portal as guardians meet it."""
