from conformance.server_blocks import each_server, on_host

TEXT = """\
mail {
    starttls on;

    server {
        server_name one;
        listen      127.0.0.1:20101 ssl;
        listen      127.0.0.1:20102;
    }
    # The second.
    server {
        listen 127.0.0.1:20103;
    }
}
"""


def test_every_block_is_seen_with_its_name():
    seen = []
    assert each_server(TEXT, lambda name, block: seen.append(name) or block) == TEXT
    assert seen == ["one", ""]


def test_what_is_edited_takes_the_block_s_place():
    text = each_server(TEXT, lambda name, block: "" if name == "one" else block.upper())
    assert text == "mail {\n    starttls on;\n\n    # The second.\n" + (
        "    SERVER {\n        LISTEN 127.0.0.1:20103;\n    }\n}\n"
    )


def test_every_listener_moves_and_keeps_its_port():
    moved = on_host(TEXT, "127.9.9.9")
    assert moved == TEXT.replace("127.0.0.1", "127.9.9.9")
