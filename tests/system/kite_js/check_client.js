// Drives bulkhead-kite-sim with the official JavaScript client and prints {check: null or what went wrong} as JSON.
//   node check_client.js ROOT API_KEY API_SECRET      (NODE_PATH names the folder that holds the client)
'use strict';
const assert = require('assert').strict;
const http = require('http');
const { isDeepStrictEqual } = require('util');
const { KiteConnect, KiteTicker } = require('kiteconnect');

const [ROOT, API_KEY, API_SECRET] = process.argv.slice(2);
const INFY = 408065;
const NIFTY = 256265;
const PATIENCE_MS = 60000;
const results = {};
const kite = new KiteConnect({ api_key: API_KEY, root: ROOT, timeout: PATIENCE_MS });
const regular = { exchange: 'NSE', tradingsymbol: 'INFY', product: 'MIS' };
let resting = '';

function request(method, path, body) {
  return new Promise((resolve, reject) => {
    const call = http.request(ROOT + path, { method, timeout: PATIENCE_MS }, (answer) => {
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

const admin = async (path, body) => JSON.parse((await request('POST', path, body)).text).data;
const advance = (how) => admin('/admin/advance', new URLSearchParams(how).toString());
const fault = (kind, more = {}) => admin('/admin/faults', JSON.stringify({ kind, count: 1, ...more }));

async function refused(type, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.error_type, type, JSON.stringify(error));
    return error.message;
  }
  throw new Error(`no ${type}`);
}

const checks = {
  async login() {
    const click = new URLSearchParams({ api_key: API_KEY }).toString();
    const page = await request('GET', '/connect/login' + new URL(kite.getLoginURL()).search);
    assert.ok(page.text.includes('Log in as'), page.text);
    const answer = await request('POST', '/connect/login', click);
    assert.equal(answer.status, 302);
    const token = new URL(answer.headers.location).searchParams.get('request_token');
    await refused('TokenException', () => kite.generateSession(token, 'wrong'));
    const session = await kite.generateSession(token, API_SECRET);
    assert.equal(session.user_id, 'AB1234');
    assert.ok(session.login_time instanceof Date);
    assert.equal(kite.access_token, session.access_token);
  },
  async profile() {
    const row = await kite.getProfile();
    assert.equal(row.user_id, 'AB1234');
    assert.ok(row.exchanges.includes('NSE') && row.access_token === undefined);
  },
  async margins() {
    const both = await kite.getMargins();
    assert.ok(both.equity.enabled && !both.commodity.enabled);
    const equity = await kite.getMargins('equity');
    assert.equal(equity.net, equity.available.live_balance);
    assert.equal(equity.available.cash, 1000000);
  },
  async instruments() {
    const rows = (await kite.getInstruments()).filter((row) => row.tradingsymbol);
    const infy = rows.find((row) => row.tradingsymbol === 'INFY');
    assert.equal(Number(infy.instrument_token), INFY);
    assert.equal(infy.tick_size, 0.05);
    assert.equal((await kite.getInstruments('NSE')).filter((row) => row.tradingsymbol).length, rows.length);
  },
  async quotes() {
    const ltp = await kite.getLTP(['NSE:INFY', 'NSE:NOSUCH', 'NSE:TCS']);
    assert.deepEqual(Object.keys(ltp).sort(), ['NSE:INFY', 'NSE:TCS']);
    const ohlc = (await kite.getOHLC(['NSE:INFY']))['NSE:INFY'].ohlc;
    assert.ok(ohlc.low <= ohlc.open && ohlc.open <= ohlc.high);
    const quote = (await kite.getQuote(['NSE:INFY']))['NSE:INFY'];
    assert.ok(quote.timestamp instanceof Date && quote.depth.buy.length === 5 && quote.depth.sell.length === 5);
    assert.ok(quote.depth.buy[0].price < quote.last_price && quote.last_price < quote.depth.sell[0].price);
  },
  async historical() {
    const rows = await kite.getHistoricalData(INFY, 'minute', '2022-01-03 09:15:00', '2022-01-03 09:20:00', false, true);
    assert.equal(rows[0].date.toISOString(), '2022-01-03T03:45:00.000Z');
    assert.ok(rows.length >= 5 && rows[0].low <= rows[0].open && rows[0].open <= rows[0].high);
  },
  async place_market() {
    const ask = (await kite.getQuote(['NSE:INFY']))['NSE:INFY'].depth.sell[0].price;
    const { order_id: id } = await kite.placeOrder('regular', {
      ...regular, transaction_type: 'BUY', quantity: 10, order_type: 'MARKET', market_protection: 2, tag: 'js1' });
    const row = (await kite.getOrderHistory(id)).pop();
    assert.equal(row.status, 'COMPLETE');
    assert.equal(row.average_price, ask);
    assert.deepEqual(row.tags, ['js1', 'mktp', 'mktp:2.00']);
  },
  async place_limit() {
    const last = (await kite.getLTP(['NSE:INFY']))['NSE:INFY'].last_price;
    resting = (await kite.placeOrder('regular', {
      ...regular, transaction_type: 'BUY', quantity: 5, order_type: 'LIMIT', price: Math.floor(last * 0.9) })).order_id;
    const row = (await kite.getOrders()).find((one) => one.order_id === resting);
    assert.equal(row.status, 'OPEN');
    assert.equal(row.pending_quantity, 5);
    assert.ok(row.order_timestamp instanceof Date);
  },
  async modify() {
    const before = (await kite.getOrderHistory(resting)).pop();
    const { order_id: id } = await kite.modifyOrder('regular', resting, { quantity: 7, price: before.price - 1 });
    assert.equal(id, resting);
    const row = (await kite.getOrderHistory(resting)).pop();
    assert.equal(row.quantity, 7);
    assert.equal(row.price, before.price - 1);
  },
  async cancel() {
    assert.equal((await kite.cancelOrder('regular', resting)).order_id, resting);
    const row = (await kite.getOrderHistory(resting)).pop();
    assert.equal(row.status, 'CANCELLED');
    assert.equal(row.cancelled_quantity, 7);
  },
  async order_history() {
    assert.deepEqual((await kite.getOrderHistory(resting)).map((row) => row.status), [
      'PUT ORDER REQ RECEIVED', 'VALIDATION PENDING', 'OPEN PENDING', 'OPEN', 'MODIFY VALIDATION PENDING',
      'MODIFY PENDING', 'MODIFIED', 'OPEN', 'CANCEL PENDING', 'CANCELLED']);
  },
  async trades() {
    const all = await kite.getTrades();
    assert.deepEqual(all.map((trade) => trade.quantity), [10]);
    assert.deepEqual(await kite.getOrderTrades(all[0].order_id), all);
    assert.deepEqual(await kite.getOrderTrades(resting), []);
  },
  async positions() {
    const row = (await kite.getPositions()).net.find((one) => one.tradingsymbol === 'INFY');
    assert.equal(row.quantity, 10);
    assert.equal(Object.keys(row).length, 29);
    assert.equal(await kite.convertPosition({ exchange: 'NSE', tradingsymbol: 'INFY', transaction_type: 'BUY',
      position_type: 'day', quantity: 10, old_product: 'MIS', new_product: 'NRML' }), true);
    const net = (await kite.getPositions()).net.map((one) => [one.product, one.quantity]).sort();
    assert.deepEqual(net, [['MIS', 0], ['NRML', 10]]);
    assert.deepEqual(await kite.getHoldings(), []);
  },
  async errors() {
    const order = { ...regular, transaction_type: 'BUY', quantity: 1, order_type: 'LIMIT', price: 100 };
    const place = (change) => () => kite.placeOrder('regular', { ...order, ...change });
    await refused('InputException', place({ quantity: 'abc' }));
    assert.ok((await refused('InputException', place({ order_type: 'MARKET' }))).includes('market protection'));
    await refused('InputException', () => kite.modifyOrder('regular', resting, { quantity: 1 }));
    const price = (await kite.getLTP(['NSE:TCS']))['NSE:TCS'].last_price;
    const big = { tradingsymbol: 'TCS', product: 'CNC', quantity: 900000, price };
    await refused('MarginException', place(big));
    await refused('HoldingException', place({ ...big, transaction_type: 'SELL' }));
    await refused('GeneralException', () => kite.getOrderHistory('1'));
    await fault('http_429');
    await refused('NetworkException', () => kite.getOrders());
    await fault('http_5xx', { value: 503 });
    await refused('NetworkException', () => kite.getOrders());
    await fault('html', { value: 502 });
    await refused('NetworkException', () => kite.getOrders());  // the client looks at the status before the type
    const bad = new KiteConnect({ api_key: API_KEY, access_token: 'no', root: ROOT, timeout: PATIENCE_MS });
    await refused('TokenException', () => bad.getProfile());
  },
};

const ticks = [];
const orders = [];
let ticker;

function until(what, condition) {
  const end = Date.now() + PATIENCE_MS;
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = condition();
      if (found) return resolve(found);
      if (Date.now() > end) return reject(new Error(`never came: ${what}`));
      return setTimeout(look, 10);
    };
    look();
  });
}

// A tick in that mode that equals the quote, once the market has moved on and stands still again.
async function tick(token, key, mode, equals) {
  const mine = () => ticks.filter((one) => one.instrument_token === token && one.mode === mode);
  ticker.subscribe([token]);
  ticker.setMode(mode, [token]);
  await until(`${mode} snapshot`, () => mine().length);
  const before = (await kite.getQuote([key]))[key];
  await advance({ seconds: 2 });
  const quote = (await kite.getQuote([key]))[key];
  assert.ok(quote.timestamp > before.timestamp);
  const same = (one) => isDeepStrictEqual(...equals(one, quote));
  try {
    return await until(`${mode} tick`, () => mine().find(same));
  } catch (error) {
    throw new Error(`${error.message}: ${JSON.stringify(quote)} ${JSON.stringify(mine().pop())}`);
  }
}

const streams = {
  async ticks_ltp() {
    ticker = new KiteTicker({ api_key: API_KEY, access_token: kite.access_token, root: ROOT.replace('http', 'ws') + '/',
      reconnect: false });
    ticker.on('ticks', (some) => ticks.push(...some));
    ticker.on('order_update', (order) => orders.push(order));
    let open = false;
    ticker.on('connect', () => { open = true; });
    ticker.connect();
    await until('a connection', () => open);
    const one = await tick(INFY, 'NSE:INFY', 'ltp', (t, q) => [t.last_price, q.last_price]);
    assert.ok(one.tradable && one.ohlc === undefined);
  },
  async ticks_quote() {
    const one = await tick(INFY, 'NSE:INFY', 'quote', (t, q) => [
      [t.last_price, t.volume_traded, t.ohlc, t.total_buy_quantity, t.last_traded_quantity],
      [q.last_price, q.volume, q.ohlc, q.buy_quantity, q.last_quantity]]);
    assert.equal(one.depth, undefined);
  },
  async ticks_full() {
    const one = await tick(INFY, 'NSE:INFY', 'full', (t, q) => [[t.depth, t.ohlc], [q.depth, q.ohlc]]);
    assert.ok(one.exchange_timestamp instanceof Date && one.last_trade_time instanceof Date);
  },
  async ticks_index() {
    const one = await tick(NIFTY, 'NSE:NIFTY', 'full', (t, q) => [[t.last_price, t.ohlc], [q.last_price, q.ohlc]]);
    assert.equal(one.tradable, false);
  },
  async order_updates() {
    const { order_id: id } = await kite.placeOrder('regular', {
      ...regular, transaction_type: 'SELL', quantity: 3, order_type: 'MARKET', market_protection: -1 });
    await until('an order update', () => orders.find((row) => row.order_id === id && row.status === 'COMPLETE'));
  },
  async logout() {
    assert.equal(await kite.invalidateAccessToken(), true);
    await refused('TokenException', () => kite.getProfile());
  },
};

(async () => {
  for (const [name, run] of [...Object.entries(checks), ...Object.entries(streams)]) {
    try {
      await run();
      results[name] = null;
    } catch (error) {
      results[name] = String(error.stack || JSON.stringify(error));
    }
  }
  process.stdout.write(JSON.stringify(results) + '\n', () => process.exit(0));
})();
