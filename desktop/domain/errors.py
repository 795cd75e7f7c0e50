"""What can go wrong and still be nobody's bug."""


class UserError(Exception):
    """Something the person at the screen can understand and put right.

    `code` names the message; desk, portal and command line each word it for their reader. Details carry no personal
    data beyond what the reader typed or may see.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
