from .setup import Setup, Translator
TRANSLATOR = Translator("perdition", ("perdition",), "perdition", ("--version",), lambda *a: Setup({}, [], []))
