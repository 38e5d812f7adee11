from .setup import Setup, Translator
TRANSLATOR = Translator("haproxy", ("haproxy",), "haproxy", ("--version",), lambda *a: Setup({}, [], []))
