"""What prices prove: never more than the optimum, whatever the prices, and the same from a file."""

import copy
import json
import math
from dataclasses import replace

import numpy as np
import pytest

import instances
from models.formulation import eligible
from models.rules import active_rules
from models.tables import read_instance
from solver.construction.layout import Layout
from solver.engine.ascent import Ascent
from solver.engine.certificate import Certificate, certified_bound, proven
from solver.engine.certificate_file import BadCertificate, certificate_record, proven_by
from solver.engine.relaxation import Relaxation, relax
from solver.engine.sweep import first_guide, nothing_seen, sweep
from tests.oracle import optimum
from tests.small_instances import first_valid

COUNT = 150
LOOKS = 400


def relaxed(instance):
    active = active_rules(instance)
    layout = Layout(eligible(instance, active))
    return layout, relax(layout, active)


def climbed(some):
    ascent = Ascent(some)
    ascent.climb(math.inf, lambda: ascent.looks >= LOOKS)
    return ascent


@pytest.fixture(scope="module")
def small():
    return first_valid(COUNT)


def test_no_prices_prove_more_than_the_optimum(small):
    rng = np.random.default_rng(0)
    for seed, instance in small.items():
        _, some = relaxed(instance)
        best, ascent = optimum(instance), climbed(some)
        assert certified_bound(some, ascent.certificate()) <= best, seed
        shape = some.capacity.shape
        wild = Certificate(
            rng.integers(-100, 2 * int(some.alone.max(initial=1)) + 1, some.units),
            rng.integers(-2000, 20_000, shape[:2]),
            rng.random(shape[:2]) < 0.5,
            rng.integers(-2000, 20_000, shape),
        )
        assert certified_bound(some, wild) <= best, seed


@pytest.mark.parametrize("members", [1, 2, 7])
def test_the_same_is_proven_whatever_is_added_up_at_a_time(small, members, monkeypatch):
    for instance in small.values():
        _, some = relaxed(instance)
        certificate = climbed(some).certificate()
        whole = proven(some, certificate)
        with monkeypatch.context() as patched:
            patched.setattr("solver.engine.certificate._MEMBERS_AT_A_TIME", members)
            parts = proven(some, certificate)
        assert parts.bound == whole.bound
        assert all(np.array_equal(one, other) for one, other in zip(parts[1:], whole[1:], strict=True))


def test_what_compiled_code_finds_is_what_whole_numbers_prove(small):
    for seed, instance in small.items():
        _, some = relaxed(instance)
        ascent = climbed(some)
        proven = certified_bound(some, ascent.certificate())
        # Prices are rounded to whole pounds, and joining to whole parts.
        slack = 2 + some.units + some.first_member[-1] * some.unit.shape[1]
        assert abs(proven - ascent.found.bound) <= slack, seed


@pytest.fixture(scope="module")
def tiny():
    instance = read_instance(instances.path("tiny"))
    layout, some = relaxed(instance)
    certificate = climbed(some).certificate()
    bound = certified_bound(some, certificate)
    return instance, json.loads(json.dumps(certificate_record(instance, layout, certificate, bound))), bound


def test_a_certificate_survives_being_written(tiny):
    instance, record, bound = tiny
    assert proven_by(instance, record) == bound == record["bound"]
    # Every unit is worth what it costs today at most, and the plan costs 4,868,800.
    assert 0.99 * 4_868_800 <= bound <= 4_868_800


def two_bodies(**changes):
    """One centre, one model, one service, one band: alone 100 and 80, served 60 and 50, joining 10 each, opening 20, a band of 10 for 15."""
    plain = Relaxation(
        alone=np.array([100, 80]),
        volume=np.array([5, 4, 0]),
        first_option=np.array([0, 1]),
        first_member=np.array([0, 2]),
        unit=np.array([[0], [1]]),
        cost=np.array([[[60]], [[50]]]),
        least_cost=np.array([[60], [50]]),
        joining=np.array([10, 10]),
        opening=np.array([20]),
        host=np.array([-1]),
        capacity=np.array([[[10]]]),
        band_cost=np.array([[[15]]]),
        floor=np.array([[[0]]]),
        short_price=0,
        constant=0,
    )
    return plain._replace(**changes)


def priced(unit_price, room_price=0, spread_price=0, *, counted=True):
    return Certificate(np.array(unit_price), np.array([[spread_price]]), np.array([[counted]]), np.array([[[room_price]]]))


def test_bounds_worked_out_on_paper():
    # Both pay what staying alone costs. Gains 40 and 30 bear their joining of 10: 20 + 15 - (30 + 20) = -15, and 180 - 15 is what sharing costs.
    assert certified_bound(two_bodies(), priced([100, 80])) == 165
    # Nobody pays: nothing opens.
    assert certified_bound(two_bodies(), priced([0, 0])) == 0
    # A price above staying alone counts as staying alone.
    assert certified_bound(two_bodies(), priced([500, 500])) == 165
    # A band of 8 holds the first and three quarters of the second: 30 + 15. At 5 a unit of room, 5 x 8 + (30 - 25) + 0 = 45 says the same.
    tight = two_bodies(capacity=np.array([[[8]]]))
    assert certified_bound(tight, priced([100, 80])) == 165
    assert certified_bound(tight, priced([100, 80], 5 * 1024)) == 180 + 20 + 15 - 45
    # A band of 4 holds only the second: 20 + 15 - 20 opens nothing.
    assert certified_bound(two_bodies(capacity=np.array([[[4]]])), priced([100, 80])) == 180
    # Where the service does not count, joining is spread all the same, by the number of services: one.
    assert certified_bound(two_bodies(), priced([100, 80], counted=False)) == 165


def test_a_band_short_of_its_floor_pays_for_it():
    # Together they bring 9 of 10, and being short by one costs 6: 20 + 15 - (30 + 20) + 6 = -9.
    short = two_bodies(floor=np.array([[[10]]]), short_price=6)
    assert certified_bound(short, priced([100, 80], -6 * 1024)) == 180 - 9
    # No volume is worth more than being short costs.
    assert certified_bound(short, priced([100, 80], -60 * 1024)) == 180 - 9
    # At 55 the second loses 5 and is worth it all the same, as it spares 24; opening being free, 15 - 30 + 5 + 6 = -4.
    assert certified_bound(short._replace(opening=np.array([0])), priced([100, 55], -6 * 1024)) == 155 - 4
    # A floor of 9 is reached by it at 5 / 4 for each unit of volume: 15 - 30 + 5 = -10.
    reached = short._replace(opening=np.array([0]), floor=np.array([[[9]]]))
    assert certified_bound(reached, priced([100, 55], -5 * 256)) == 155 - 10


@pytest.mark.parametrize(("floor", "worth"), [(0, -15), (9, -10), (10, -4)])
def test_compiled_code_reaches_floors_as_whole_numbers_do(floor, worth):
    some = two_bodies(floor=np.array([[[floor]]]), short_price=6, opening=np.array([0]))
    unmoved = Ascent(some).found
    ascent = Ascent(some, beginning=replace(unmoved, price=np.array([100.0, 55.0])))
    assert ascent.found.bound == 155 + worth
    assert certified_bound(some, ascent.certificate()) == 155 + worth
    seen = nothing_seen(some)
    assert sweep(some, np.array([100.0, 55.0, 0.0]), first_guide(some), first_guide(some), seen, 0, 1) == worth
    assert seen.built.sum() == 1


def test_a_host_that_has_to_join_is_paid_for():
    # At a price of 65 the first gains 5, bears 5 and is 5 short of its joining: 5 + (15 - (0 + 20)) = 0, opening being free.
    hosted = two_bodies(host=np.array([0]), opening=np.array([0]))
    assert certified_bound(hosted, priced([65, 80])) == 145
    # Without that, its 5 of joining would not be paid: 15 - 20 = -5.
    assert certified_bound(two_bodies(opening=np.array([0])), priced([65, 80])) == 140
    # At 55 it gains nothing: it lacks all of 10, and is served at a loss of 5.
    assert certified_bound(two_bodies(host=np.array([0]), opening=np.array([-20])), priced([55, 80])) == 135 - 20 + 15 - 5


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda record: record.update(digest="0" * 16), "made for instance"),
        (lambda record: record.update(schema_version=9), "schema version"),
        (lambda record: record["unit_prices"].append(["nobody", "payroll", 1]), "KeyError"),
        (lambda record: record["unit_prices"][0].__setitem__(2, 1.5), "not a whole price"),
        (lambda record: record["unit_prices"][0].__setitem__(2, -(2**52)), "64 bits"),
        (lambda record: record.pop("rooms"), "KeyError"),
        (lambda record: record["rooms"][0].update(room_prices={"no such band": 1}), "KeyError"),
        (lambda record: record["rooms"][0].update(spread_price=2**52), "64 bits"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_refused(tiny, change, why):
    instance, record, _ = tiny
    altered = copy.deepcopy(record)
    change(altered)
    with pytest.raises(BadCertificate, match=why):
        proven_by(instance, altered)


def test_a_price_changed_by_hand_proves_less_or_no_more_than_the_optimum(tiny):
    instance, record, _ = tiny
    for number in range(len(record["unit_prices"])):
        for factor in (0.5, 2):
            altered = copy.deepcopy(record)
            altered["unit_prices"][number][2] = int(factor * altered["unit_prices"][number][2])
            assert proven_by(instance, altered) <= 4_868_800


def test_fixed_costs_beyond_what_64_bits_add_up_prove_nothing(small):
    some = next(relaxed(instance)[1] for instance in small.values())
    proof = climbed(some).certificate()
    for dear in (replaced(some, opening=2**52), replaced(some, band_cost=2**52), replaced(some, opening=-(2**52))):
        with pytest.raises(OverflowError):
            certified_bound(dear, proof)


def replaced(some, **costs):
    return some._replace(**{name: np.full_like(getattr(some, name), cost) for name, cost in costs.items()})
