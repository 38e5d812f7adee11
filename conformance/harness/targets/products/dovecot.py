from .setup import Setup, Translator
TRANSLATOR = Translator("dovecot", ("dovecot",), "dovecot", ("--version",), lambda *a: Setup({}, [], []))
