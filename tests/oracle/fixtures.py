"""What the tests of the oracle share."""

import datetime
import unittest
from dataclasses import replace
from decimal import Decimal

import clock
from broker import Broker, BrokerConfig
from charges import (DELIVERY, FUTURES, INTRADAY, OPTIONS, Dp, Period, Rates,
                     Schedule)
from clock import Session
from draws import PaperSettings
from limits import Limits, RiskSettings
from model import (BUY, CLOCK, ENTRY, EXIT, LIMIT, MARKET, MIS, SELL,
                   SESSION_CLOSE, TICKS, Frame, Instrument, Intent, Order,
                   Signal, Tick, client_order_id)
from rules import Quote

NIFTY = Instrument(0, "NSE:NIFTY", "NIFTY", Decimal("0.05"))
BANK = Instrument(1, "NSE:BANKNIFTY", "BANKNIFTY", Decimal("0.05"))
SESSION = Session()
MONDAY = clock.start_of_day(datetime.date(2022, 1, 3))
OF_2022 = Rates(Decimal("0.0003"), Decimal(20), None, Decimal(0),
                Decimal("0.00025"), Decimal("0.0000345"),
                Decimal("0.000001"), Decimal("0.00003"), Decimal(0))
PERIOD = Period(
    datetime.date(2020, 7, 1),
    {INTRADAY: OF_2022,
     DELIVERY: replace(OF_2022, brokerage_flat=Decimal(0),
                       stt_buy=Decimal("0.001"), stt_sell=Decimal("0.001"),
                       stamp_buy=Decimal("0.00015")),
     FUTURES: replace(OF_2022, stt_sell=Decimal("0.0001"),
                      exchange=Decimal("0.00002"),
                      stamp_buy=Decimal("0.00002")),
     OPTIONS: replace(OF_2022, brokerage_flat=Decimal(20),
                      stt_sell=Decimal("0.0005"),
                      exchange=Decimal("0.00053"))},
    Decimal("0.18"), ("brokerage", "exchange", "sebi"),
    Dp(Decimal("13.50")))
LIMITS = Limits(max_order_quantity=100, max_order_value=Decimal(2_000_000),
                max_position_quantity=150, price_collar_bps=100,
                max_orders_per_second=10, exit_reserve_per_second=3)


def at(text: str) -> int:
    """hh:mm:ss IST on Monday 2022-01-03."""
    hours, minutes, seconds = map(int, text.split(":"))
    return MONDAY + (hours * 3600 + minutes * 60 + seconds) * clock.SECOND


def intent(side: str, qty: int, limit: str | None, entry: bool,
           **given: str | Decimal) -> Intent:
    """MARKET without a limit price."""
    whole = Intent(ENTRY if entry else EXIT, side, qty,
                   LIMIT if limit else MARKET,
                   Decimal(limit) if limit else None)
    return replace(whole, **given)


def sell(qty: int, limit: str | None = None, entry: bool = True,
         **given: str | Decimal) -> Intent:
    """An intent to sell."""
    return intent(SELL, qty, limit, entry, **given)


def buy(qty: int, limit: str | None = None, entry: bool = True,
        **given: str | Decimal) -> Intent:
    """An intent to buy."""
    return intent(BUY, qty, limit, entry, **given)


def order(given: Intent, name: str = "1", strategy: str = "s",
          instrument: Instrument = NIFTY, until: int = 0) -> Order:
    """As an intent wants it, to be placed by hand."""
    signal = Signal(name, strategy, instrument, given)
    return Order(client_order_id(name, 0), signal, given.side, given.type,
                 given.qty, until or at("15:30:00"), given.limit,
                 given.trigger, given.validity, reduces=given.action == EXIT)


class Desk(unittest.TestCase):
    """A broker at work; prices of NIFTY, signals of strategy s."""

    limits = LIMITS
    settings = RiskSettings()
    paper = PaperSettings()
    product = MIS
    capital = Decimal(1_000_000)

    def setUp(self) -> None:
        self.broker = Broker(
            BrokerConfig("paper", True, self.capital,
                         replace(self.settings, broker=self.limits),
                         self.paper), Schedule([PERIOD]), SESSION)
        self.seq = 0
        self.quotes: dict[str, Quote] = {}

    def step(self, time: str, price: str | None, *intents: Intent,
             kind: str = TICKS, strategy: str = "s", day: int = 0) -> None:
        """One frame: a tick of NIFTY, if there is a price."""
        self.seq += 1
        now = at(time) + day * clock.DAY
        ticks = (Tick(NIFTY, Decimal(price)),) if price else ()
        if price:
            self.quotes[NIFTY.key] = Quote(Decimal(price), now)
        signals = [Signal(f"{strategy}{self.seq}.{n}", strategy, NIFTY, it,
                          now, self.product)
                   for n, it in enumerate(intents)]
        self.broker.on_frame(Frame(self.seq, now, ticks, kind), signals,
                             self.quotes)

    def tick_clock(self, time: str) -> None:
        """A frame of kind clock."""
        self.step(time, None, kind=CLOCK)

    def close(self, day: int = 0) -> None:
        """The session's close."""
        self.step("15:30:00", None, kind=SESSION_CLOSE, day=day)

    @property
    def orders(self) -> list[Order]:
        """Everything submitted."""
        return self.broker.record.orders

    @property
    def statuses(self) -> list[str]:
        """Of everything submitted."""
        return [one.status for one in self.orders]

    @property
    def prices(self) -> list[str]:
        """Of every fill."""
        return [str(fill.price) for fill, _ in self.broker.record.fills]

    @property
    def refusals(self) -> list[str]:
        """Rule, limit, observed and unit of each."""
        return ["|".join(one.texts.values())
                for one in self.broker.record.rejections]

    def held(self, strategy: str = "s") -> int:
        """Units of NIFTY."""
        return self.broker.portfolio.held((strategy, NIFTY.key,
                                           self.product))
