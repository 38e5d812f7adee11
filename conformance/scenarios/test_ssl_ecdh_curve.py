from conformance.applicability import TLS, admitted, claims
from conformance.applicability_keys import (
    TLS13,
    exchange_seen,
    lists_curves,
    lists_groups,
    lists_usual,
    needs_retry,
    some_curve_unlisted,
    two_curves,
)
from conformance.claimed import legacy, workable_versions
from conformance.claimed_groups import (
    CURVES,
    curves,
    ecdhe_ciphers,
    groups,
    groups_of_13,
    unlisted,
)
from conformance.expectations import (
    accepted,
    each_group,
    group_is,
    refused,
    retried,
    served_after_retry,
)
from conformance.requirements import requirement

AUTO = (TLS, claims("ssl_ecdh_curve", "auto"), exchange_seen)
PREFERS = claims("ssl_prefer_server_ciphers", "on")
FOLLOWS = claims("ssl_prefer_server_ciphers", "off")
UP_TO_12 = (TLS, lists_curves)
IN_13 = (TLS, lists_groups, TLS13)


def over(visit, listener, names):
    version, ciphers = legacy(listener), ecdhe_ciphers(listener)
    return visit(versions=[version], ciphers=ciphers, groups=names, hello_only=True)


def over_13(visit, names, **fields):
    return visit(versions=["TLSv1.3"], groups=names, hello_only=True, **fields)


def over_either(visit, listener, names):
    if "TLSv1.3" in workable_versions(listener):
        return over_13(visit, names)
    return over(visit, listener, names)


@requirement("ssl_ecdh_curve.listed", *UP_TO_12)
def test_each_listed_curve(visit, listener):
    each_group(over(visit, listener, [name]) for name in curves(listener))


@requirement("ssl_ecdh_curve.listed_tls13", *IN_13)
def test_each_listed_group_in_tls13(visit, listener):
    each_group(over_13(visit, [name]) for name in groups_of_13(listener))


@requirement("ssl_ecdh_curve.unlisted", *UP_TO_12, some_curve_unlisted)
def test_curves_that_are_not_listed(visit, listener):
    others = unlisted(CURVES, groups(listener))
    refused(over(visit, listener, others), control=over(visit, listener, curves(listener)))


@requirement("ssl_ecdh_curve.unlisted_tls13", *IN_13, some_curve_unlisted)
def test_groups_that_are_not_listed_in_tls13(visit, listener):
    others = unlisted(CURVES, groups(listener))
    refused(over_13(visit, others), control=over_13(visit, groups_of_13(listener)))


@requirement("ssl_ecdh_curve.choice", *UP_TO_12)
def test_choice_among_all_curves(visit, listener):
    group_is(over(visit, listener, CURVES), *groups(listener))


@requirement("ssl_ecdh_curve.choice_tls13", *IN_13)
def test_choice_among_all_groups_in_tls13(visit, listener):
    everything = (*CURVES, *unlisted(groups(listener), CURVES))
    group_is(over_13(visit, everything), *groups(listener))


@requirement("ssl_ecdh_curve.server_order", TLS, two_curves, PREFERS)
def test_list_order_where_the_server_prefers(visit, listener):
    first, *_, last = curves(listener)
    group_is(over(visit, listener, [last, first]), first)
    group_is(over(visit, listener, [first, last]), first)


@requirement("ssl_ecdh_curve.client_order", TLS, two_curves, FOLLOWS)
def test_client_order_where_the_client_prefers(visit, listener):
    first, *_, last = curves(listener)
    group_is(over(visit, listener, [last, first]), last)
    group_is(over(visit, listener, [first, last]), first)


@requirement("ssl_ecdh_curve.retry", *IN_13, some_curve_unlisted)
def test_key_share_in_an_unlisted_group(visit, listener):
    other, listed = unlisted(CURVES, groups(listener))[0], groups_of_13(listener)
    retried(over_13(visit, [other, *listed], shares=[other]), listed)


@requirement("ssl_ecdh_curve.retry_served", *IN_13, needs_retry, admitted)
def test_served_after_a_second_hello(visit):
    served_after_retry(visit(versions=["TLSv1.3"]))


@requirement("ssl_ecdh_curve.served", TLS, lists_usual, exchange_seen, admitted)
def test_served_over_a_listed_group(visit, listener):
    old = {"versions": [legacy(listener)], "ciphers": ecdhe_ciphers(listener)}
    new = {"versions": ["TLSv1.3"]} if "TLSv1.3" in workable_versions(listener) else {}
    name = next(n for n in groups(listener) if n in CURVES)
    seen = visit(groups=[name], **(new or old))
    accepted(seen)
    group_is(seen, name)


@requirement("ssl_ecdh_curve.auto", *AUTO)
def test_auto_has_the_curve_that_everybody_has(visit, listener):
    each_group([over_either(visit, listener, ["prime256v1"])])


@requirement("ssl_ecdh_curve.auto_several", *AUTO)
def test_auto_is_a_list(visit, listener):
    each_group(over_either(visit, listener, [name]) for name in ("X25519", "secp384r1"))
