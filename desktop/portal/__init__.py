"""Guardians' web pages: thin routes over the services, for phones and computers, without JavaScript."""
