"""The letters by which schools ask families to register: choosing, looking, printing, saving."""
