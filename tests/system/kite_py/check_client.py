"""Drives bulkhead-kite-sim with the official Python client and prints {check: null or what went wrong} as JSON.

    check_client.py ROOT API_KEY API_SECRET
"""
import datetime
import json
import sys
import threading
import traceback
import urllib.parse
import urllib.request

from kiteconnect import KiteConnect, KiteTicker, exceptions

ROOT, API_KEY, API_SECRET = sys.argv[1:4]
INFY, TCS, NIFTY = 408065, 2953217, 256265
PATIENCE_S = 60
results: dict[str, str | None] = {}
kite = KiteConnect(api_key=API_KEY, root=ROOT, timeout=60)
REGULAR = {"variety": "regular", "exchange": "NSE", "tradingsymbol": "INFY", "product": "MIS"}


def check(function):
    try:
        function()
        results[function.__name__] = None
    except BaseException:  # a check that fails is a result
        results[function.__name__] = traceback.format_exc()


def admin(path: str, body: bytes, method: str = "POST"):
    with urllib.request.urlopen(urllib.request.Request(ROOT + path, body, method=method), timeout=PATIENCE_S) as reply:
        return json.load(reply)["data"]


def advance(**how):
    return admin("/admin/advance", urllib.parse.urlencode(how).encode())


def fault(kind: str, **more):
    admin("/admin/faults", json.dumps({"kind": kind, "count": 1, **more}).encode())


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def raises(kind, code, call):
    try:
        call()
    except exceptions.KiteException as error:
        assert type(error) is kind, f"{type(error)} {error}"
        assert error.code == code, error.code
        return str(error)
    raise AssertionError(f"no {kind.__name__}")


def login():
    page = ROOT + "/connect/login?" + urllib.parse.urlsplit(kite.login_url()).query
    with urllib.request.urlopen(page, timeout=PATIENCE_S) as answer:
        assert "Log in as" in answer.read().decode()
    click = urllib.parse.urlencode({"api_key": API_KEY, "redirect_params": "some=X"}).encode()
    try:
        urllib.request.build_opener(NoRedirect).open(ROOT + "/connect/login", click, timeout=PATIENCE_S)
        raise AssertionError("no redirect")
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer.code
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)
    assert query["status"] == ["success"] and query["some"] == ["X"], query
    raises(exceptions.TokenException, 403, lambda: kite.generate_session(query["request_token"][0], "wrong"))
    session = kite.generate_session(query["request_token"][0], api_secret=API_SECRET)
    assert isinstance(session["login_time"], datetime.datetime), session
    assert session["access_token"] == kite.access_token and session["user_id"] == "AB1234", session
    raises(exceptions.TokenException, 403, lambda: kite.generate_session(query["request_token"][0], API_SECRET))


def profile():
    row = kite.profile()
    assert row["user_id"] == "AB1234" and "NSE" in row["exchanges"] and "access_token" not in row, row


def margins():
    both = kite.margins()
    assert both["equity"]["available"]["cash"] == 1000000 and both["commodity"]["enabled"] is False, both
    equity = kite.margins("equity")
    assert equity["net"] == equity["available"]["live_balance"] == 1000000, equity


def instruments():
    rows = {row["tradingsymbol"]: row for row in kite.instruments()}
    assert rows["INFY"]["instrument_token"] == INFY and rows["INFY"]["tick_size"] == 0.05, rows["INFY"]
    assert rows["NIFTY"]["lot_size"] == 50 and rows["NIFTY"]["segment"] == "INDICES", rows["NIFTY"]
    assert len(kite.instruments("NSE")) == len(rows) and kite.instruments("BSE") == []


def quotes():
    ltp = kite.ltp("NSE:INFY", "NSE:NOSUCH", "NSE:TCS")
    assert set(ltp) == {"NSE:INFY", "NSE:TCS"} and ltp["NSE:INFY"]["last_price"] > 0, ltp
    assert kite.ltp(str(INFY))[str(INFY)] == ltp["NSE:INFY"]
    ohlc = kite.ohlc(["NSE:INFY"])["NSE:INFY"]["ohlc"]
    assert ohlc["low"] <= ohlc["open"] <= ohlc["high"], ohlc
    quote = kite.quote("NSE:INFY")["NSE:INFY"]
    assert isinstance(quote["timestamp"], datetime.datetime), quote["timestamp"]
    assert len(quote["depth"]["buy"]) == len(quote["depth"]["sell"]) == 5
    assert quote["depth"]["buy"][0]["price"] < quote["last_price"] < quote["depth"]["sell"][0]["price"], quote
    assert quote["lower_circuit_limit"] < quote["last_price"] < quote["upper_circuit_limit"], quote


def historical():
    now = kite.quote("NSE:INFY")["NSE:INFY"]["timestamp"]
    rows = kite.historical_data(INFY, now.replace(hour=9, minute=15, second=0), now, "minute", oi=True)
    assert len(rows) >= 5 and rows[0]["date"].utcoffset() == datetime.timedelta(hours=5, minutes=30), rows
    assert rows[0]["low"] <= rows[0]["open"] <= rows[0]["high"] and rows[0]["oi"] == 0, rows[0]
    five = kite.historical_data(INFY, now.replace(hour=9, minute=15, second=0), now, "5minute")
    assert five[0]["open"] == rows[0]["open"] and five[0]["close"] == rows[4]["close"], five[0]


def place_market():
    ask = kite.quote("NSE:INFY")["NSE:INFY"]["depth"]["sell"][0]["price"]
    order = kite.place_order(**REGULAR, transaction_type="BUY", quantity=10, order_type="MARKET", market_protection=2,
                             tag="py1")
    row = kite.order_history(order)[-1]
    assert row["status"] == "COMPLETE" and row["average_price"] == ask, row
    assert row["order_type"] == "LIMIT" and row["tags"] == ["py1", "mktp", "mktp:2.00"] and row["tag"] == "py1", row


def place_limit():
    last = kite.ltp("NSE:INFY")["NSE:INFY"]["last_price"]
    globals()["resting"] = kite.place_order(**REGULAR, transaction_type="BUY", quantity=5, order_type="LIMIT",
                                            price=round(last * 0.9 / 0.05) * 0.05 // 0.05 * 0.05, tag="py2")
    row = next(row for row in kite.orders() if row["order_id"] == resting)
    assert row["status"] == "OPEN" and row["pending_quantity"] == 5 and row["exchange_order_id"], row
    assert isinstance(row["order_timestamp"], datetime.datetime), row


def modify():
    row = kite.order_history(resting)[-1]
    assert kite.modify_order("regular", resting, quantity=7, price=row["price"] - 1) == resting
    changed = kite.order_history(resting)[-1]
    assert changed["quantity"] == 7 and changed["price"] == row["price"] - 1 and changed["modified"] is True, changed


def cancel():
    assert kite.cancel_order("regular", resting) == resting
    row = kite.order_history(resting)[-1]
    assert row["status"] == "CANCELLED" and row["cancelled_quantity"] == 7, row


def order_history():
    stages = [row["status"] for row in kite.order_history(resting)]
    assert stages == ["PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN",
                      "MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED", "OPEN", "CANCEL PENDING",
                      "CANCELLED"], stages


def trades():
    all_trades = kite.trades()
    assert [trade["quantity"] for trade in all_trades] == [10], all_trades
    assert kite.order_trades(all_trades[0]["order_id"]) == all_trades
    assert kite.order_trades(resting) == []
    assert isinstance(all_trades[0]["fill_timestamp"], datetime.datetime), all_trades


def positions():
    book = kite.positions()
    row = next(row for row in book["net"] if row["tradingsymbol"] == "INFY")
    assert row["quantity"] == 10 and row["product"] == "MIS" and len(row) == 29, row
    assert abs(row["pnl"] - (row["value"] + 10 * row["last_price"])) < 0.005, row
    assert kite.convert_position("NSE", "INFY", "BUY", "day", 10, "MIS", "NRML") is True
    net = {row["product"]: row["quantity"] for row in kite.positions()["net"]}
    assert net == {"MIS": 0, "NRML": 10}, net
    assert kite.holdings() == []


def errors():
    order = {**REGULAR, "transaction_type": "BUY", "quantity": 1, "order_type": "LIMIT", "price": 100.0}
    raises(exceptions.InputException, 400, lambda: kite.place_order(**{**order, "quantity": "abc"}))
    raises(exceptions.InputException, 400, lambda: kite.place_order(**{**order, "tag": "x" * 21}))
    message = raises(exceptions.InputException, 400, lambda: kite.place_order(**{**order, "order_type": "MARKET"}))
    assert "market protection" in message, message
    raises(exceptions.InputException, 400, lambda: kite.modify_order("regular", resting, quantity=1))
    # The client has no MarginException, HoldingException: they are its GeneralException.
    last = kite.ltp("NSE:TCS")["NSE:TCS"]["last_price"]
    big = {**order, "tradingsymbol": "TCS", "product": "CNC", "quantity": 900000, "price": last}
    assert "funds" in raises(exceptions.GeneralException, 400, lambda: kite.place_order(**big)).lower()
    raises(exceptions.GeneralException, 400, lambda: kite.place_order(**{**big, "transaction_type": "SELL"}))
    raises(exceptions.GeneralException, 400, lambda: kite.order_history("1"))
    fault("http_429")
    raises(exceptions.NetworkException, 429, kite.orders)
    fault("http_5xx", value=503)
    raises(exceptions.NetworkException, 503, kite.orders)
    fault("html", value=502)
    try:
        kite.orders()
        raise AssertionError("a page was taken for an answer")
    except exceptions.DataException:
        pass
    bad = KiteConnect(api_key=API_KEY, access_token="no", root=ROOT, timeout=60)
    raises(exceptions.TokenException, 403, bad.profile)


class Stream:
    """One ticker in the background; frames are looked at as they come."""

    def __init__(self):
        self.changed = threading.Condition()
        self.ticks, self.orders, self.errors = [], [], []
        self.open = False
        self.ticker = KiteTicker(API_KEY, kite.access_token, root=ROOT.replace("http", "ws"))
        self.ticker.on_connect = lambda ws, response: self.note(open=True)
        self.ticker.on_ticks = lambda ws, ticks: self.note(ticks=ticks)
        self.ticker.on_order_update = lambda ws, data: self.note(orders=[data])
        self.ticker.on_error = lambda ws, code, reason: self.note(errors=[(code, reason)])
        self.ticker.on_close = lambda ws, code, reason: None
        self.ticker.connect(threaded=True)
        self.wait(lambda: self.open)

    def note(self, **news):
        with self.changed:
            self.open = self.open or news.get("open", False)
            for name in ("ticks", "orders", "errors"):
                getattr(self, name).extend(news.get(name, []))
            self.changed.notify_all()

    def wait(self, condition, shown=lambda: ""):
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S), f"never came: {self.errors} {shown()}"

    def tick(self, token: int, key: str, mode: str, equals) -> dict:
        """A tick in that mode that equals the quote, once the market has moved on and stands still again."""
        from twisted.internet import reactor
        before = kite.quote(key)[key]
        reactor.callFromThread(lambda: (self.ticker.subscribe([token]), self.ticker.set_mode(mode, [token])))
        mine = lambda: [t for t in self.ticks if t["instrument_token"] == token and t["mode"] == mode]
        self.wait(mine)  # what it is at once
        advance(seconds=2)
        quote = kite.quote(key)[key]
        assert quote["timestamp"] > before["timestamp"], (before, quote)
        self.wait(lambda: any(equals(t, quote) for t in mine()), lambda: f"{quote} {mine()[-3:]}")
        return next(t for t in mine() if equals(t, quote))


def ticks_ltp():
    tick = stream.tick(INFY, "NSE:INFY", "ltp", lambda t, q: t["last_price"] == q["last_price"])
    assert tick["tradable"] and "ohlc" not in tick, tick


def ticks_quote():
    def equals(t, q):
        return (t["last_price"], t["volume_traded"], t["ohlc"], t["total_buy_quantity"], t["last_traded_quantity"]) == (
            q["last_price"], q["volume"], q["ohlc"], q["buy_quantity"], q["last_quantity"])
    tick = stream.tick(INFY, "NSE:INFY", "quote", equals)
    assert "depth" not in tick, tick


def seconds_of(quoted: datetime.datetime) -> float:
    """A quote's time is IST without saying so."""
    return quoted.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))).timestamp()


def ticks_full():
    def equals(t, q):
        return (t["depth"], t["ohlc"], t["exchange_timestamp"].timestamp(), t["last_trade_time"].timestamp()) == (
            q["depth"], q["ohlc"], seconds_of(q["timestamp"]), seconds_of(q["last_trade_time"]))
    tick = stream.tick(INFY, "NSE:INFY", "full", equals)
    assert tick["oi"] == 0, tick


def ticks_index():
    def equals(t, q):
        return (t["last_price"], t["ohlc"]) == (q["last_price"], q["ohlc"])
    for mode in ("quote", "full"):
        tick = stream.tick(NIFTY, "NSE:NIFTY", mode, equals)
        assert tick["tradable"] is False, tick
    assert tick["exchange_timestamp"] is not None, tick


def order_updates():
    order = kite.place_order(**REGULAR, transaction_type="SELL", quantity=3, order_type="MARKET", market_protection=-1)
    stream.wait(lambda: [o for o in stream.orders if o["order_id"] == order and o["status"] == "COMPLETE"])
    assert stream.errors == [], stream.errors


def logout():
    assert kite.invalidate_access_token() is True
    raises(exceptions.TokenException, 403, kite.profile)


for one in (login, profile, margins, instruments, quotes, historical, place_market, place_limit, modify, cancel,
            order_history, trades, positions, errors):
    check(one)
try:
    stream = Stream()
except BaseException:  # the checks below then say so
    results["stream"] = traceback.format_exc()
for one in (ticks_ltp, ticks_quote, ticks_full, ticks_index, order_updates, logout):
    check(one)
print(json.dumps(results))
sys.stdout.flush()
import os  # noqa: E402
os._exit(0)  # the client's reactor thread would try to connect again for minutes
