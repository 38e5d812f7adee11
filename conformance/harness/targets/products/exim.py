from .setup import Setup, Translator
TRANSLATOR = Translator("exim", ("exim",), "exim", ("--version",), lambda *a: Setup({}, [], []))
