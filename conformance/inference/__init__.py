"""What can be seen of a mail proxy from outside, in nginx's words.

One room for each family of directives: `look` makes its visits and returns facts,
`findings` reads them, without a socket. `survey` puts the rooms together, `writer`
writes what they found as a configuration, with the evidence beside each line.
"""
