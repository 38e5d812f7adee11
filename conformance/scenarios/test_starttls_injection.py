from conformance.applicability import admitted, can_login, sees_logins, way
from conformance.expectations import not_executed, same
from conformance.harness.endpoint import Way
from conformance.phrases import injected, injected_login, injected_oddly, injected_partial
from conformance.requirements import requirement

UPGRADES = way(Way.STARTTLS)


@requirement("starttls.injection_same_segment", UPGRADES, admitted)
def test_same_segment(visit, listener):
    not_executed(visit(glued=injected(listener.protocol)), control=visit())


@requirement("starttls.injection_next_segment", UPGRADES, admitted)
def test_next_segment(visit, listener):
    not_executed(visit(trailing=injected(listener.protocol)), control=visit())


@requirement("starttls.injection_several", UPGRADES, admitted)
def test_several_commands(visit, listener):
    not_executed(visit(glued=injected_oddly(listener.protocol)), control=visit())


@requirement("starttls.injection_partial", UPGRADES, admitted)
def test_unterminated_line(visit, listener):
    not_executed(visit(glued=injected_partial(listener.protocol)), control=visit())


@requirement("starttls.injection_login", UPGRADES, admitted, sees_logins)
def test_credentials(visit, listener):
    login = visit.new_login()
    seen = visit(glued=injected_login(listener.protocol, login))
    not_executed(seen, control=visit())
    same("requests with the injected name at the auth server", 0, len(visit.heard(login)), seen)


@requirement("starttls.injection_after_upgrade", UPGRADES, admitted, can_login)
def test_login_after_an_attempt(visit, listener):
    seen = visit(glued=injected(listener.protocol), login=True)
    not_executed(seen, control=visit(login=True))
