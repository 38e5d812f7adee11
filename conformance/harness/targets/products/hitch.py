from .setup import Setup, Translator
TRANSLATOR = Translator("hitch", ("hitch",), "hitch", ("--version",), lambda *a: Setup({}, [], []))
