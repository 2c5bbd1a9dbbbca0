#!/usr/bin/env python3
"""A scripted cloud on loopback: speaks the four wires, does to each request what its script says, and keeps every byte
that it received.

In a test:      cloud = Cloud(); cloud.url('openai'); cloud.play('half', 'normal'); ...; cloud.received(); cloud.close()
By hand:        cloud_server.py [SCENE...]     prints its addresses, plays the scenes one after the other, then "normal"

A scene is a name or (name, {details}). Without a script every request gets a normal answer: `cloud.answer`, a text or a
function (wire, request) -> text. Scenes:

normal      the answer in some pieces, usage, end            slow        {"wait"}: the same after a pause
dribble     {"step","wait"}: bytes in steps                  hang        reads the request and never answers
half        breaks off inside, an orderly end of stream      reset       the same with a reset of the connection
early       resets before it answers                         truncated   chunked transfer without its last chunk
headers     headers without an end                           gzip        a body that says it is compressed
length      {"more"}: announces so many bytes more than there are; fewer when below 0
status      {"code","retry","again","message","kind","more","body"}: an error page  redirect    {"to"}: 307 to another address
html        200 and a page for people                        nonsense    events that are no JSON
big         one event of 10 MB                               pings       comments for ever
tools       two tool calls                                   tool_half   an end inside a tool call
held        all of it, and the connection stays open
no_usage    an answer without usage                          lying       usage of nonsense
cut         ends with the model's limit                      refused     ends with the provider's filter
error       an error inside the stream, before any text      after       events behind the end
key_quoted  401 with the key of the request in its message   endless     {"bytes"}: text without an end
events      {"text"}: a stream of just this                  typed       {"kind"}: the normal answer under this media type, or none
key_cut     {"before"}: the same, so many bytes before it    flood       {"head", "piece"}: bytes as they are, the second for ever
"""
import gzip, json, socket, struct, sys, threading, time

WIRES = {'openai': '/v1', 'openai-responses': '/v1', 'anthropic': '', 'gemini': '/v1beta'}
HELLO = 'Hello there, 你好, friend.'


def wire_of(path):
    if path.endswith('/chat/completions'):
        return 'openai'
    if path.endswith('/responses'):
        return 'openai-responses'
    if path.endswith('/messages'):
        return 'anthropic'
    return 'gemini' if ':streamGenerateContent' in path else None


def data(value, event=None):
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    return ('event: %s\n' % event if event else '') + 'data: ' + text + '\n\n'


class Wire:
    """The events of one API, as text."""

    def __init__(self, name):
        self.name = name
        self.said, self.items = '', []  # of Responses, whose end says all of it again

    def begin(self, tokens_in):
        if self.name == 'anthropic':
            usage = {} if tokens_in is None else {'input_tokens': tokens_in, 'output_tokens': 1}
            message = {'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'model': 'm', 'content': [], 'stop_reason': None, 'usage': usage}
            return data({'type': 'message_start', 'message': message}, 'message_start') + \
                data({'type': 'content_block_start', 'index': 0, 'content_block': {'type': 'text', 'text': ''}}, 'content_block_start')
        if self.name == 'openai-responses':
            return data({'type': 'response.created', 'response': self.response('in_progress')}, 'response.created') + \
                data({'type': 'response.output_item.added', 'output_index': 0, 'item': {
                    'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'status': 'in_progress', 'content': []}}, 'response.output_item.added') + \
                data({'type': 'response.content_part.added', 'item_id': 'msg_1', 'output_index': 0, 'content_index': 0, 'part': {
                    'type': 'output_text', 'text': '', 'annotations': []}}, 'response.content_part.added')
        return ''

    @staticmethod
    def response(status, **more):
        return dict({'id': 'resp_1', 'object': 'response', 'created_at': 1, 'model': 'm', 'status': status, 'error': None, 'output': [],
                     'parallel_tool_calls': True, 'tool_choice': 'auto', 'tools': []}, **more)

    @staticmethod
    def chunk(choices, **more):
        return data(dict({'id': 'chatcmpl-1', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': choices}, **more))

    def text(self, piece):
        if self.name == 'openai':
            return self.chunk([{'index': 0, 'delta': {'content': piece}, 'finish_reason': None}])
        if self.name == 'openai-responses':
            self.said += piece
            return data({'type': 'response.output_text.delta', 'item_id': 'msg_1', 'output_index': 0, 'content_index': 0, 'delta': piece,
                         'logprobs': []}, 'response.output_text.delta')
        if self.name == 'anthropic':
            return data({'type': 'content_block_delta', 'index': 0, 'delta': {'type': 'text_delta', 'text': piece}},
                        'content_block_delta')
        return data({'candidates': [{'content': {'role': 'model', 'parts': [{'text': piece}]}}]})

    def call(self, index, call_id, name, arguments):
        if self.name == 'gemini':
            try:
                args = json.loads(arguments)
            except ValueError:
                args = [arguments]
            return data({'candidates': [{'content': {'parts': [{'functionCall': {'name': name, 'args': args, 'id': call_id}}]}}]})
        pieces = [arguments[:len(arguments) // 2], arguments[len(arguments) // 2:]]
        if self.name == 'openai':
            out = self.chunk([{'index': 0, 'delta': {'tool_calls': [{'index': index, 'id': call_id, 'type': 'function', 'function': {'name': name, 'arguments': ''}}]}}])
            return out + ''.join(self.chunk([{'index': 0, 'delta': {'tool_calls': [{'index': index, 'function': {'arguments': p}}]}}]) for p in pieces)
        if self.name == 'openai-responses':
            at = index + 1
            out = data({'type': 'response.output_item.added', 'output_index': at, 'item': {'id': 'fc_%d' % at, 'type': 'function_call', 'call_id': call_id, 'name': name, 'arguments': ''}})
            self.items.append({'id': 'fc_%d' % at, 'type': 'function_call', 'call_id': call_id, 'name': name, 'arguments': arguments, 'status': 'completed'})
            return out + ''.join(data({'type': 'response.function_call_arguments.delta', 'item_id': 'fc_%d' % at, 'output_index': at, 'delta': p}) for p in pieces)
        at = index + 1
        out = data({'type': 'content_block_start', 'index': at, 'content_block': {'type': 'tool_use', 'id': call_id, 'name': name, 'input': {}}}, 'content_block_start')
        return out + ''.join(data({'type': 'content_block_delta', 'index': at, 'delta': {'type': 'input_json_delta', 'partial_json': p}}, 'content_block_delta') for p in pieces)

    def end(self, reason, tokens):
        """reason: stop, length, filter, tools; tokens: (in, out) or None."""
        if self.name == 'openai':
            word = {'stop': 'stop', 'length': 'length', 'filter': 'content_filter', 'tools': 'tool_calls'}[reason]
            out = self.chunk([{'index': 0, 'delta': {}, 'finish_reason': word}])
            if tokens:
                out += self.chunk([], usage={'prompt_tokens': tokens[0], 'completion_tokens': tokens[1], 'total_tokens': sum(tokens)})
            return out + 'data: [DONE]\n\n'
        if self.name == 'openai-responses':
            usage = {'input_tokens': tokens[0], 'output_tokens': tokens[1], 'total_tokens': sum(tokens)} if tokens else None
            message = {'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'status': 'completed',
                       'content': [{'type': 'output_text', 'text': self.said, 'annotations': []}]}
            output = [message] + self.items
            out = ''.join(data({'type': 'response.output_item.done', 'output_index': at, 'item': item}, 'response.output_item.done')
                          for at, item in enumerate(output))
            if reason in ('stop', 'tools'):
                return out + data({'type': 'response.completed', 'response': self.response('completed', usage=usage, output=output)}, 'response.completed')
            why = {'reason': 'max_output_tokens' if reason == 'length' else 'content_filter'}
            return out + data({'type': 'response.incomplete', 'response': self.response('incomplete', usage=usage, output=output, incomplete_details=why)},
                              'response.incomplete')
        if self.name == 'anthropic':
            word = {'stop': 'end_turn', 'length': 'max_tokens', 'filter': 'refusal', 'tools': 'tool_use'}[reason]
            usage = {'output_tokens': tokens[1]} if tokens else {}
            return data({'type': 'content_block_stop', 'index': 0}, 'content_block_stop') + data({'type': 'message_delta', 'delta': {'stop_reason': word}, 'usage': usage}, 'message_delta') + \
                data({'type': 'message_stop'}, 'message_stop')
        word = {'stop': 'STOP', 'length': 'MAX_TOKENS', 'filter': 'SAFETY', 'tools': 'STOP'}[reason]
        last = {'candidates': [{'content': {'parts': []}, 'finishReason': word}]}
        if tokens:
            last['usageMetadata'] = {'promptTokenCount': tokens[0], 'candidatesTokenCount': tokens[1]}
        return data(last)

    def error(self, message):
        if self.name == 'anthropic':
            return data({'type': 'error', 'error': {'type': 'overloaded_error', 'message': message}}, 'error')
        if self.name == 'openai-responses':
            return data({'type': 'error', 'code': 'server_error', 'message': message}, 'error')
        if self.name == 'gemini':
            return data({'error': {'code': 503, 'message': message, 'status': 'UNAVAILABLE'}})
        return data({'error': {'type': 'server_error', 'message': message}})

    def whole(self, text, reason='stop', tokens=(11, 22), calls=()):
        out = self.begin(tokens[0] if tokens else None)
        for at in range(0, len(text), 7):
            out += self.text(text[at:at + 7])
        for index, (name, arguments) in enumerate(calls):
            out += self.call(index, 'call_%d' % index, name, arguments)
        return out + self.end(reason, tokens)


class Cloud:
    def __init__(self):
        self.answer = HELLO
        self.requests = []  # dicts: wire, path, headers, body, raw
        self.raw = b''      # every byte that ever came
        self._scenes = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, wire):
        return 'http://127.0.0.1:%d%s' % (self.port, WIRES[wire])

    def play(self, *scenes):
        """What the next requests get, one scene each."""
        with self._lock:
            self._scenes = [(s, {}) if isinstance(s, str) else s for s in scenes]

    def received(self):
        with self._lock:
            return self.raw

    def clear(self):
        with self._lock:
            self.raw, self.requests = b'', []

    def close(self):
        self._stopped.set()
        self._listener.close()

    # ---- one connection

    def _accept(self):
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            request = self._read(connection)
            if request:
                with self._lock:
                    name, details = self._scenes.pop(0) if self._scenes else ('normal', {})
                getattr(self, '_scene_' + name)(connection, request, **details)
        except OSError:
            pass  # the client has gone
        finally:
            connection.close()

    def _take(self, connection):
        piece = connection.recv(65536)
        with self._lock:
            self.raw += piece
        return piece

    def _read(self, connection):
        text = b''
        while b'\r\n\r\n' not in text:
            piece = self._take(connection)
            if not piece:
                return None
            text += piece
        head, body = text.split(b'\r\n\r\n', 1)
        lines = head.decode('latin-1').split('\r\n')
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(':') for line in lines[1:])}
        while len(body) < int(headers.get('content-length', 0)):
            piece = self._take(connection)
            if not piece:
                return None
            body += piece
        path = lines[0].split(' ')[1]
        request = {'method': lines[0].split(' ')[0], 'path': path, 'wire': wire_of(path.split('?')[0]), 'headers': headers, 'body': body}
        with self._lock:
            self.requests.append(request)
        return request

    def _head(self, connection, code=200, kind='text/event-stream', more=''):
        connection.sendall(('HTTP/1.1 %d X\r\nContent-Type: %s\r\nConnection: close\r\n%s\r\n' % (code, kind, more)).encode())

    def _said(self, request):
        if not callable(self.answer):
            return self.answer
        return self.answer(request['wire'], json.loads(request['body']))

    def _page(self, connection, code, body, kind='application/json', more=''):
        body = body.encode() if isinstance(body, str) else body
        self._head(connection, code, kind, 'Content-Length: %d\r\n%s' % (len(body), more))
        connection.sendall(body)

    def _stream(self, connection, request, **how):
        """(wire, bytes of the whole answer), the head sent. No such path: an error page, and None."""
        if not request['wire']:
            self._page(connection, 404, json.dumps({'error': {'message': 'no such path'}}))
            return None, None
        wire = Wire(request['wire'])
        self._head(connection)
        return wire, wire.whole(self._said(request), **how).encode()

    @staticmethod
    def _reset(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))

    # ---- scenes

    def _scene_normal(self, connection, request, **how):
        wire, whole = self._stream(connection, request, **how)
        if wire:
            connection.sendall(whole)

    def _scene_slow(self, connection, request, wait=1.0):
        time.sleep(wait)
        self._scene_normal(connection, request)

    def _scene_dribble(self, connection, request, step=1, wait=0.0):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, whole = self._stream(connection, request)
        for at in range(0, len(whole or b''), step):
            connection.sendall(whole[at:at + step])
            if wait:
                time.sleep(wait)

    def _scene_hang(self, connection, request):
        self._stopped.wait(600)

    def _scene_half(self, connection, request, share=0.5, then=None):
        _, whole = self._stream(connection, request)
        connection.sendall(whole[:int(len(whole) * share)])
        if then:
            then.wait(600)

    def _scene_reset(self, connection, request):
        self._scene_half(connection, request)
        time.sleep(0.1)
        self._reset(connection)

    def _scene_held(self, connection, request):
        self._scene_half(connection, request, share=1, then=self._stopped)

    def _scene_early(self, connection, request):
        self._reset(connection)

    def _scene_truncated(self, connection, request):
        whole = Wire(request['wire']).whole(self._said(request)).encode()
        self._head(connection, more='Transfer-Encoding: chunked\r\n')
        connection.sendall(b'%x\r\n' % len(whole) + whole + b'\r\n')

    def _scene_length(self, connection, request, more=1000):
        whole = Wire(request['wire']).whole(self._said(request)).encode()
        self._head(connection, more='Content-Length: %d\r\n' % (len(whole) + more))
        connection.sendall(whole)

    def _scene_headers(self, connection, request):
        connection.sendall(b'HTTP/1.1 200 OK\r\n')
        for n in range(1000000):
            connection.sendall(b'X-%d: %s\r\n' % (n, b'y' * 200))

    def _scene_gzip(self, connection, request):
        self._head(connection, more='Content-Encoding: gzip\r\n')
        connection.sendall(gzip.compress(b'data: ' + bytes(50 << 20)))

    def _scene_status(self, connection, request, code=500, retry=None, again=None, message='out of order', kind='x', more='', body=None):
        more += '' if retry is None else 'Retry-After: %s\r\n' % retry
        more += '' if again is None else 'X-Should-Retry: %s\r\n' % again
        self._page(connection, code, json.dumps(body or {'error': {'message': message, 'type': kind, 'code': kind}}), more=more)

    def _scene_redirect(self, connection, request, to, code=307):
        self._page(connection, code, '', more='Location: %s\r\n' % to)

    def _scene_events(self, connection, request, text):
        self._head(connection)
        connection.sendall(text.encode())

    def _scene_typed(self, connection, request, kind=None):
        whole = Wire(request['wire']).whole(self._said(request)).encode()
        connection.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n' + (b'Content-Type: %s\r\n' % kind.encode() if kind else b'') + b'\r\n' + whole)

    def _scene_html(self, connection, request):
        self._page(connection, 200, '<!DOCTYPE html><html><body>Please log in to the hotel</body></html>', 'text/html')

    def _scene_nonsense(self, connection, request):
        self._head(connection)
        connection.sendall(b'data: {"choices": [{"delta"\n\ndata: }{\n\n')

    def _scene_big(self, connection, request):
        self._head(connection)
        connection.sendall(b'data: {"x":"' + b'y' * (10 << 20) + b'"}\n\n')

    def _scene_pings(self, connection, request):
        self._head(connection)
        while not self._stopped.wait(0.05):
            connection.sendall(b': still there\n\n')

    def _scene_tools(self, connection, request):
        self._scene_normal(connection, request, reason='tools', calls=[('look', '{"q":"你好"}'), ('now', '{}')])

    def _scene_tool_half(self, connection, request, reason='tools'):
        self._scene_normal(connection, request, reason=reason, calls=[('remove', '{"path":"/home')])

    def _scene_no_usage(self, connection, request):
        self._scene_normal(connection, request, tokens=None)

    def _scene_lying(self, connection, request):
        self._scene_normal(connection, request, tokens=(-5, 1e300))

    def _scene_cut(self, connection, request):
        self._scene_normal(connection, request, reason='length')

    def _scene_refused(self, connection, request):
        self._scene_normal(connection, request, reason='filter')

    def _scene_error(self, connection, request, message='Overloaded'):
        self._head(connection)
        connection.sendall(Wire(request['wire']).error(message).encode())

    def _scene_after(self, connection, request):
        wire, whole = self._stream(connection, request)
        connection.sendall(whole + wire.text('behind the end').encode())

    def _scene_key_quoted(self, connection, request):
        self._page(connection, 401, json.dumps({'error': {'message': 'Bad key in ' + json.dumps(request['headers'])}}))

    def _scene_key_cut(self, connection, request, before=0):
        key = request['headers']['authorization'].split()[-1]
        self._page(connection, 401, json.dumps({'error': {'message': 'x' * before + key}}))

    def _scene_flood(self, connection, request, head, piece):
        connection.sendall(head)
        while not self._stopped.is_set():
            connection.sendall(piece)

    def _scene_endless(self, connection, request, size=1 << 20):
        wire = Wire(request['wire'])
        self._head(connection)
        connection.sendall(wire.begin(11).encode())
        for _ in range(size // 100):
            connection.sendall(wire.text('x' * 100).encode())
            time.sleep(0.001)


if __name__ == '__main__':
    cloud = Cloud()
    cloud.play(*sys.argv[1:])
    for wire in WIRES:
        print('%-17s %s' % (wire, cloud.url(wire)), flush=True)
    threading.Event().wait()
