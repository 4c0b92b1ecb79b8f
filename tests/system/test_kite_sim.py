"""bulkhead-kite-sim over the network: HTTP and WebSocket to the letter of docs/kite-simulator.md, faults, postbacks."""

import gzip
import hashlib
import http.client
import http.server
import json
import queue
import struct
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from kite_sim import API_KEY, API_SECRET, BINARY, PATIENCE_S, ROOT, USER, KiteSim  # noqa: E402
from kite_socket import KiteSocket, Refused, packets_of  # noqa: E402

INFY, TCS = 408065, 2953217
LIMIT = {"exchange": "NSE", "tradingsymbol": "INFY", "transaction_type": "BUY", "product": "MIS", "order_type": "LIMIT",
         "quantity": 1}


def low_price(sim: KiteSim, token: str) -> float:
    """A limit that rests: a tenth below the market, on the tick."""
    last = sim.data("GET", "/quote/ltp", {"i": "NSE:INFY"}, token)["NSE:INFY"]["last_price"]
    return int(last * 0.9)


class Running(unittest.TestCase):
    """One simulator for all tests of a class that do not depend on what is in its book."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.sim = KiteSim()
        cls.sim.__enter__()
        cls.token = cls.sim.log_in()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.sim.__exit__()

    def tearDown(self) -> None:
        self.sim.clear_faults()

    def place(self, **more: object) -> str:
        fields = {**LIMIT, "price": low_price(self.sim, self.token), **more}
        return self.sim.data("POST", "/orders/regular", fields, self.token)["order_id"]

    def orders_with(self, tag: str) -> list[dict]:
        return [row for row in self.sim.book()["orders"] if row["tag"] == tag]


class Http(Running):
    def test_a_connection_is_kept_and_answers_are_never_packed(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.sim.port, timeout=PATIENCE_S)
        connection.connect()
        local = connection.sock.getsockname()
        for path, kind in (("/user/profile", "application/json"), ("/instruments", "text/csv"), ("/no", "application/json")):
            connection.request("GET", path, headers={"Authorization": f"token {API_KEY}:{self.token}",
                                                     "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            body = answer.read()
            self.assertEqual(answer.getheader("Content-Type"), kind)
            self.assertIsNone(answer.getheader("Content-Encoding"))
            self.assertEqual(int(answer.getheader("Content-Length")), len(body))
            with self.assertRaises(OSError):
                gzip.decompress(body)
            self.assertEqual(connection.sock.getsockname(), local, "another connection")
        connection.close()

    def test_a_lost_reply_ends_the_connection_and_the_order_is_there_once(self) -> None:
        self.sim.fault("lost_reply", count=1, method="POST", path="/orders")
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.place(tag="lost")
        self.assertEqual(len(self.orders_with("lost")), 1)

    def test_a_lost_request_leaves_no_order(self) -> None:
        self.sim.fault("lost_request", count=1, method="POST", path="/orders")
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.place(tag="never")
        self.assertEqual(self.orders_with("never"), [])

    def test_half_a_reply_breaks_off(self) -> None:
        self.sim.fault("cut_reply", count=1, method="POST", path="/orders")
        with self.assertRaises(http.client.IncompleteRead):
            self.place(tag="half")
        self.assertEqual(len(self.orders_with("half")), 1)

    def test_html_comes_as_html(self) -> None:
        self.sim.fault("html", count=1, value=200)
        status, headers, body = self.sim.call("GET", "/orders", token=self.token)
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"<html>", body)

    def test_latency_delays_the_answer_of_that_request_alone(self) -> None:
        self.sim.fault("latency", count=1, path="/user/profile", value=1500)
        late = threading.Thread(target=self.sim.data, args=("GET", "/user/profile", None, self.token))
        late.start()
        time.sleep(0.2)
        self.sim.data("GET", "/orders", None, self.token)
        self.assertTrue(late.is_alive(), "nobody was delayed, or everybody")
        late.join(PATIENCE_S)
        self.assertFalse(late.is_alive())

    def test_requests_are_counted(self) -> None:
        before = self.sim.book()["requests"].get("POST /orders", 0)
        self.place(tag="counted")
        self.assertEqual(self.sim.book()["requests"]["POST /orders"], before + 1)

    def test_an_oversized_body_is_not_read(self) -> None:
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.sim.call("POST", "/orders/regular", body="x" * (2 << 20), token=self.token)
        self.sim.data("GET", "/orders", None, self.token)


class Sockets(Running):
    def connect(self) -> KiteSocket:
        one = KiteSocket(self.sim.port, API_KEY, self.token)
        self.addCleanup(one.close)
        return one

    def subscribe(self, one: KiteSocket, mode: str = "quote") -> list[bytes]:
        """The snapshot."""
        one.send({"a": "subscribe", "v": [INFY]})
        packets = one.ticks()
        if mode != "quote":
            one.send({"a": "mode", "v": [mode, [INFY]]})
            packets = one.ticks()
        return packets

    def tearDown(self) -> None:
        super().tearDown()
        self.sim.data("POST", "/admin/sockets/cut")

    def test_no_extension_is_agreed_on_and_a_wrong_token_is_refused(self) -> None:
        one = self.connect()
        self.assertNotIn("sec-websocket-extensions", one.headers)
        self.assertNotIn("sec-websocket-protocol", one.headers)
        with self.assertRaises(Refused) as refused:
            KiteSocket(self.sim.port, API_KEY, "wrong")
        self.assertEqual(refused.exception.status, 403)

    def test_the_fourth_connection_of_an_app_is_one_too_many(self) -> None:
        for _ in range(3):
            self.connect()
        with self.assertRaises(Refused) as refused:
            self.connect()
        self.assertEqual(refused.exception.status, 429)

    def test_an_idle_socket_has_a_heartbeat_of_one_byte(self) -> None:
        one = self.connect()
        for _ in range(2):
            self.assertEqual(one.frame(), (KiteSocket.BINARY, b"\0"))

    def test_each_mode_has_its_length_and_each_frame_of_the_market_its_own(self) -> None:
        one = self.connect()
        self.assertEqual([len(p) for p in self.subscribe(one)], [44])
        for mode, size in (("ltp", 8), ("full", 184)):
            one.send({"a": "mode", "v": [mode, [INFY]]})
            self.assertEqual([len(p) for p in one.ticks()], [size])
        self.sim.advance(seconds=3)
        times = [struct.unpack_from(">I", one.ticks()[0], 60)[0] for _ in range(3)]
        self.assertEqual([t - times[0] for t in times], [0, 1, 2], "a tick was merged with the next")

    def test_what_is_not_understood_gets_an_error_and_the_connection_lives(self) -> None:
        one = self.connect()
        one.send({"a": "subscribe", "v": list(range(1, 3100))})
        self.assertEqual(one.text(), {"type": "error", "data": "Can't subscribe to more than 3000 instruments."})
        one.send({"what": 1})
        self.assertIsInstance(one.text()["data"], str)
        self.assertEqual(one.frame()[0], KiteSocket.BINARY)

    def test_order_updates_go_to_every_socket_of_the_account(self) -> None:
        both = [self.connect(), self.connect()]
        order = self.place(tag="told")
        for one in both:
            message = one.text()
            self.assertEqual((message["type"], message["data"]["order_id"], message["data"]["status"]),
                             ("order", order, "OPEN"))
        self.sim.data("DELETE", f"/orders/regular/{order}", None, self.token)
        self.assertEqual([one.text()["data"]["status"] for one in both], ["CANCELLED", "CANCELLED"])

    def test_updates_come_twice_late_or_never(self) -> None:
        one = self.connect()
        self.sim.fault("duplicate_update", count=1)
        order = self.place()
        self.assertEqual([one.text()["data"]["order_id"] for _ in range(2)], [order, order])
        self.sim.clear_faults()
        self.sim.fault("reorder_update", count=1)
        first, second = self.place(), self.place()
        self.assertEqual([one.text()["data"]["order_id"] for _ in range(2)], [second, first])
        self.sim.fault("drop_update", count=1)
        self.place()
        last = self.place()
        self.assertEqual(one.text()["data"]["order_id"], last)

    def test_garbage_comes_before_the_ticks(self) -> None:
        one = self.connect()
        self.subscribe(one)
        self.sim.fault("garbage_frame", count=1)
        self.sim.advance(seconds=1)
        frames = []
        while len(frames) < 2:
            opcode, payload = one.frame()
            if opcode == KiteSocket.BINARY and len(payload) > 1:
                frames.append(payload)
        with self.assertRaises(ValueError):
            packets_of(frames[0])
        self.assertEqual([len(p) for p in packets_of(frames[1])], [44])

    def test_a_truncated_frame_does_not_add_up(self) -> None:
        one = self.connect()
        self.subscribe(one)
        self.sim.fault("truncated_frame", count=1)
        self.sim.advance(seconds=1)
        with self.assertRaises(ValueError):
            one.ticks()

    def test_a_cut_socket_ends(self) -> None:
        one = self.connect()
        self.subscribe(one)
        self.sim.fault("socket_cut", count=1)
        self.sim.advance(seconds=1)
        with self.assertRaises(ConnectionError):
            while True:
                one.frame()

    def test_a_mute_socket_says_nothing_not_even_a_heartbeat(self) -> None:
        one = self.connect()
        self.subscribe(one)
        self.sim.fault("socket_mute", count=1, value=4)
        self.sim.advance(seconds=1)
        one.socket.settimeout(2.5)
        with self.assertRaises(TimeoutError):
            one.frame()
        one.socket.settimeout(PATIENCE_S)
        self.sim.advance(seconds=1)
        self.assertTrue(one.ticks())


class Alone(unittest.TestCase):
    """A simulator each."""

    def test_a_revoked_session_closes_its_sockets(self) -> None:
        with KiteSim() as sim:
            one = KiteSocket(sim.port, API_KEY, sim.log_in())
            sim.data("POST", "/admin/revoke", {"user_id": USER})
            with self.assertRaises(ConnectionError):
                while True:
                    one.frame()
            one.close()

    def test_the_same_steps_give_the_same_book(self) -> None:
        def day() -> dict:
            with KiteSim("--fault", "partial_fill:probability=0.5,value=30", "--level-quantity", "20") as sim:
                token = sim.log_in()
                for i in range(30):
                    last = sim.data("GET", "/quote/ltp", {"i": "NSE:INFY"}, token)["NSE:INFY"]["last_price"]
                    side = "BUY" if i % 3 else "SELL"
                    sim.data("POST", "/orders/regular", {**LIMIT, "transaction_type": side, "quantity": 10 + i,
                                                         "price": last, "tag": f"t{i}"}, token)
                    sim.advance(frames=7)
                sim.advance(to="15:31:00")
                return sim.book()
        first, second = day(), day()
        self.assertEqual(first, second)
        self.assertGreater(len(first["trades"]), 10)
        self.assertTrue(all(row["status"] in ("COMPLETE", "CANCELLED") for row in first["orders"]))

    def test_bars_of_a_file_are_the_market(self) -> None:
        with KiteSim("--market", "replay", "--path", str(ROOT / "tests" / "data"), "--speed", "0", "--no-limits",
                     "--trade-indices", "--app", f"api_key={API_KEY},api_secret={API_SECRET},user_id={USER}",
                     defaults=False) as sim:
            token = sim.log_in()
            sim.advance(to="09:30:59")
            candles = sim.data("GET", "/instruments/historical/256265/minute",
                               {"from": "2022-01-03 09:15:00", "to": "2022-01-03 09:30:00"}, token)["candles"]
            self.assertEqual(candles[0][:5], ["2022-01-03T09:15:00+0530", 17393.2, 17439.5, 17383.3, 17428.9])
            self.assertEqual(len(candles), 16)
            sim.data("POST", "/orders/regular", {**LIMIT, "tradingsymbol": "NIFTY", "quantity": 50,
                                                 "order_type": "MARKET", "market_protection": -1}, token)
            self.assertEqual(sim.data("GET", "/portfolio/positions", None, token)["net"][0]["quantity"], 50)

    def test_market_time_follows_real_time_at_a_speed(self) -> None:
        with KiteSim("--speed", "600", "--seed", "7", defaults=False) as sim:
            end = time.monotonic() + PATIENCE_S
            while sim.data("GET", "/admin/clock")["time"] < "2022-01-03 09:25:00":
                self.assertLess(time.monotonic(), end, "the market stands still")
                time.sleep(0.05)
            sim.data("POST", "/admin/speed", {"speed": "0"})
            stopped = sim.data("GET", "/admin/clock")
            time.sleep(0.3)
            self.assertEqual(sim.data("GET", "/admin/clock"), stopped)

    def test_postbacks_carry_a_checksum(self) -> None:
        got: queue.Queue = queue.Queue()

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        self.addCleanup(hook.server_close)
        self.addCleanup(hook.shutdown)
        app = (f"api_key={API_KEY},api_secret={API_SECRET},user_id={USER},"
               f"postback=http://127.0.0.1:{hook.server_port}/hook")
        with KiteSim("--speed", "0", "--start", "09:20:00", "--no-limits", "--app", app, defaults=False) as sim:
            token = sim.log_in()
            order = sim.data("POST", "/orders/regular", {**LIMIT, "price": low_price(sim, token)}, token)["order_id"]
            sim.data("DELETE", f"/orders/regular/{order}", None, token)
            for status in ("OPEN", "CANCELLED"):
                path, body = got.get(timeout=PATIENCE_S)
                row = json.loads(body)
                self.assertEqual((path, row["order_id"], row["status"], row["user_id"]), ("/hook", order, status, USER))
                self.assertEqual(row["checksum"], hashlib.sha256(
                    (order + row["order_timestamp"] + API_SECRET).encode()).hexdigest())

    def test_two_accounts_do_not_see_each_other(self) -> None:
        with KiteSim("--app", "api_key=second,api_secret=s2,user_id=XY9999") as sim:
            first, second = sim.log_in(), sim.log_in("second", "s2")
            order = sim.data("POST", "/orders/regular", {**LIMIT, "price": low_price(sim, first)}, first)["order_id"]
            status, _, body = sim.call("GET", "/orders")
            self.assertEqual(status, 403)
            connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=PATIENCE_S)
            connection.request("GET", "/orders", headers={"Authorization": f"token second:{second}"})
            self.assertEqual(json.loads(connection.getresponse().read())["data"], [])
            connection.request("DELETE", f"/orders/regular/{order}", headers={"Authorization": f"token second:{second}"})
            self.assertEqual(connection.getresponse().status, 400)
            connection.close()

    def test_sigterm_ends_it_cleanly_with_clients_connected(self) -> None:
        with KiteSim() as sim:
            with KiteSocket(sim.port, API_KEY, sim.log_in()):
                self.assertEqual(sim.stop(), 0)

    def test_wrong_options_are_refused_with_what_is_allowed(self) -> None:
        listing = ("--instruments", str(ROOT / "config" / "instruments.csv"))
        for options, code, says in (
                ((), 2, "--instruments"),
                ((*listing, "--limit", "speed=1"), 2, "orders_per_minute"),
                ((*listing, "--fault", "flood"), 2, "lost_reply"),
                ((*listing, "--app", "api_key=x"), 2, "api_secret=S"),
                ((*listing, "--market", "replay"), 2, "--path"),
                ((*listing, "--start", "noon"), 1, "hh:mm:ss"),
                (("--instruments", "no-such-file.csv"), 1, "no-such-file.csv"),
                ((*listing, "--address", "192.0.2.1"), 1, "192.0.2.1")):
            with self.subTest(options=options):
                done = subprocess.run([str(BINARY), *options], capture_output=True, text=True, check=False,
                                      timeout=PATIENCE_S)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(says, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
