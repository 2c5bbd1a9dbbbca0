#!/usr/bin/env python3
"""Asks the providers' own packages about our wires, and records what they agree to for wires.py, which needs none of them.

usage: wires_make.py WIRE_TALK [FOLDER]     with openai, anthropic, google-genai, groq and mistralai installed (a virtual environment will do)

Requests: each is rendered by us, looked at key by key against the types that the package declares for its parameters (an unknown key
is an error, unlike for the server), and given to the package as a caller would; the package must then send the same JSON to the same
path with the key in the same header. Groq's and Mistral's packages must know each key of what goes to their hosts. Streams: each event is an object of the package's own types, written by its own serialiser; every kind of
event, block, part and reason that the package declares occurs. The package reads the stream back with its own accumulator; we have to
hear the same text, calls and usage. Nothing leaves this machine: the packages talk to a function.

The records are requests.jsonl and streams.jsonl; how they were made is in their first line.
"""
import importlib.metadata, json, os, subprocess, sys, types, typing

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
import cloud_server
import anthropic, httpx2, openai, pydantic, typing_extensions
from anthropic.types import (RawMessageStreamEvent, message_create_params as anthropic_params)
from google import genai
from google.genai import types as gt
from groq.types.chat import completion_create_params as groq_params
from mistralai.client.models import ChatCompletionStreamRequest
from openai.types.chat import ChatCompletionChunk, completion_create_params as chat_params
from openai.types.responses import ResponseStreamEvent, response_create_params as responses_params

KEY = 'sk-test-0000'
URLS = {'openai': 'https://api.openai.com/v1', 'openai-responses': 'https://api.openai.com/v1',
        'anthropic': 'https://api.anthropic.com', 'gemini': 'https://generativelanguage.googleapis.com/v1beta'}
MODELS = {'openai': 'gpt-5', 'openai-responses': 'gpt-5', 'anthropic': 'claude-haiku-4-5', 'gemini': 'gemini-3-pro'}


# ---- a value against a declared type, key by key

def unwrap(kind):
    """(kind, required or None) without Annotated, Required and the like."""
    required = None
    while True:
        origin = typing_extensions.get_origin(kind)
        if origin is typing_extensions.Annotated:
            kind = typing_extensions.get_args(kind)[0]
        elif origin in (typing_extensions.Required, typing.Required):
            kind, required = typing_extensions.get_args(kind)[0], True
        elif origin in (typing_extensions.NotRequired, typing.NotRequired):
            kind, required = typing_extensions.get_args(kind)[0], False
        elif isinstance(kind, typing_extensions.TypeAliasType):
            kind = kind.__value__
        else:
            return kind, required


def refuse_dict(value, kind, where):
    hints = typing_extensions.get_type_hints(kind, include_extras=True)
    if not isinstance(value, dict):
        return '%s is no object' % where
    for key in value:
        if key not in hints:
            return '%s.%s is unknown to %s' % (where, key, kind.__name__)
    for key, hint in hints.items():
        inner, required = unwrap(hint)
        if required is None:
            required = key in kind.__required_keys__ and kind.__total__
        if key in value:
            why = refuse(value[key], inner, '%s.%s' % (where, key))
            if why:
                return why
        elif required:
            return '%s lacks %s of %s' % (where, key, kind.__name__)
    return None


def refuse(value, kind, where):
    """Why the value is none of this kind; None: it is."""
    kind, _ = unwrap(kind)
    origin, args = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if kind in (object, typing.Any):
        return None
    if origin in (typing.Union, types.UnionType):
        whys = [refuse(value, one, where) for one in args]
        return None if None in whys else max(whys, key=lambda why: (why.count('.'), len(why)))
    if origin is typing.Literal or origin is typing_extensions.Literal:
        return None if value in args else '%s: %r is none of %s' % (where, value, args)
    if typing_extensions.is_typeddict(kind):
        return refuse_dict(value, kind, where)
    if origin is dict:
        return None if isinstance(value, dict) else '%s is no object' % where
    if kind is type(None) or kind is None:
        return None if value is None else '%s is not null' % where
    if kind in (str, bool):
        return None if isinstance(value, kind) else '%s is no %s' % (where, kind.__name__)
    if kind in (int, float):
        fine = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
        return None if fine else '%s is no %s' % (where, kind.__name__)
    if args and origin is not None:  # list, Iterable, and what the packages call a sequence
        if not isinstance(value, list):
            return '%s is no list' % where
        return next((why for why in (refuse(v, args[0], '%s[%d]' % (where, i)) for i, v in enumerate(value)) if why), None)
    return '%s: %r is not known here' % (where, kind)


# ---- a value of a declared type, for kinds of events that we do not want

def example(kind):
    kind, _ = unwrap(kind)
    origin, args = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return example(args[0])
    if origin in (typing.Literal, typing_extensions.Literal):
        return args[0]
    if origin in (list, typing.List):
        return [example(args[0])]
    if origin in (dict, typing.Dict) or kind in (object, typing.Any, dict):
        return {}
    if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
        return {(f.alias or name): example(f.annotation) for name, f in kind.model_fields.items() if f.is_required()}
    return {str: 'not for the reader', int: 1, float: 1.0, bool: False, bytes: b'x', type(None): None}[kind]


def made_of(model, value):
    """The value as an object of the package's; nothing of it may be unknown there."""
    thing = pydantic.TypeAdapter(model).validate_python(value)

    def known(m):
        assert not (m.model_extra or {}), (type(m).__name__, m.model_extra)
        for name in m.model_fields_set:
            inner = getattr(m, name, None)
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, pydantic.BaseModel):
                    known(one)
    known(thing)
    return thing


def members(union):
    kind, _ = unwrap(union)
    return [unwrap(one)[0] for one in typing_extensions.get_args(kind)]


def type_of(model):
    return typing_extensions.get_args(unwrap(model.model_fields['type'].annotation)[0])[0]


# ---- the packages, with a function in place of a network

class Wire:
    def __init__(self, name, stream=b''):
        self.name, self.stream, self.seen = name, stream, []
        transport = httpx2.MockTransport(self._answer)
        if name == 'gemini':
            self.client = genai.Client(api_key=KEY, http_options=gt.HttpOptions(api_version='v1beta', httpx_client=httpx2.Client(transport=transport)))
            return
        kind = anthropic.Anthropic if name == 'anthropic' else openai.OpenAI
        self.client = kind(api_key=KEY, max_retries=0, http_client=httpx2.Client(transport=transport), base_url=URLS[name])

    def _answer(self, request):
        self.seen.append(request)
        return httpx2.Response(200, headers={'content-type': 'text/event-stream'}, content=self.stream)

    # what a caller of the package writes to ask for our body
    def ask(self, body):
        if self.name == 'openai':
            return list(self.client.chat.completions.create(**body))
        if self.name == 'openai-responses':
            return list(self.client.responses.create(**body))
        if self.name == 'anthropic':
            return list(self.client.messages.create(**body))
        config = dict(body.get('generationConfig', {}))
        if 'systemInstruction' in body:
            config['systemInstruction'] = body['systemInstruction']
        if 'tools' in body:
            config['tools'] = body['tools']
        return list(self.client.models.generate_content_stream(model=MODELS['gemini'], contents=[gt.Content.model_validate(c) for c in body['contents']],
                                                               config=gt.GenerateContentConfig.model_validate(config)))

    def hears(self):
        """What the package understands of the stream: {"text", "calls": [[id, name, arguments]], "in", "out"}."""
        return getattr(self, '_hears_' + self.name.replace('-', '_'))()

    def _hears_openai(self):
        with self.client.chat.completions.stream(model='m', messages=[], stream_options={'include_usage': True}) as s:
            try:
                list(s)
            except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError):
                pass  # it refuses to hand out what it has understood
            final = s.current_completion_snapshot
        m = final.choices[0].message
        calls = [[c.id, c.function.name, c.function.arguments] for c in m.tool_calls or []]
        return {'text': (m.content or '') + (m.refusal or ''), 'calls': calls, 'in': final.usage and final.usage.prompt_tokens,
                'out': final.usage and final.usage.completion_tokens}

    def _hears_openai_responses(self):
        with self.client.responses.stream(model='m', input='x') as s:
            final = [e.response for e in s if e.type in ('response.completed', 'response.incomplete')][-1]
        text = ''.join(p.text if p.type == 'output_text' else p.refusal for i in final.output if i.type == 'message' for p in i.content)
        calls = [[i.call_id, i.name, i.arguments] for i in final.output if i.type == 'function_call']
        return {'text': text, 'calls': calls, 'in': final.usage and final.usage.input_tokens, 'out': final.usage and final.usage.output_tokens}

    def _hears_anthropic(self):
        with self.client.messages.stream(model='m', max_tokens=9, messages=[]) as s:
            final = s.get_final_message()
        u = final.usage
        return {'text': ''.join(b.text for b in final.content if b.type == 'text'),
                'calls': [[b.id, b.name, json.dumps(b.input)] for b in final.content if b.type == 'tool_use'],
                'in': u.input_tokens + (u.cache_creation_input_tokens or 0) + (u.cache_read_input_tokens or 0), 'out': u.output_tokens}

    def _hears_gemini(self):
        text, calls, tokens = '', [], (None, None)
        for chunk in self.client.models.generate_content_stream(model='m', contents='x'):
            for part in (chunk.candidates[0].content.parts if chunk.candidates and chunk.candidates[0].content else None) or []:
                text += part.text if part.text and not part.thought else ''
                if part.function_call:
                    calls.append([part.function_call.id, part.function_call.name, json.dumps(part.function_call.args or {})])
            if chunk.usage_metadata:
                u = chunk.usage_metadata
                tokens = ((u.prompt_token_count or 0) + (u.tool_use_prompt_token_count or 0),
                          (u.candidates_token_count or 0) + (u.thoughts_token_count or 0))
        return {'text': text, 'calls': calls, 'in': tokens[0], 'out': tokens[1]}


# ---- requests

CALLS = [{'id': 'call_1', 'name': 'look', 'arguments': '{"q": "mill", "n": [1, 2.5, null]}'}, {'id': 'call_2', 'name': 'now', 'arguments': ''}]
LOOK = {'name': 'look', 'description': 'Looks something up.',
        'schema': {'type': 'object', 'properties': {'q': {'type': 'string'}}, 'required': ['q'], 'additionalProperties': False}}
NOW = {'name': 'now', 'description': 'Says what time it is.', 'schema': {'type': 'object', 'properties': {}}}
ANSWER = {'type': 'object', 'properties': {'sum': {'type': 'number'}}, 'required': ['sum'], 'additionalProperties': False}


def said(role, text, **more):
    return dict({'role': role, 'text': text}, **more)


REQUESTS = {
    'question': {'messages': [said('user', 'When does the lease end?')]},
    'system': {'messages': [said('system', 'Be brief.'), said('system', 'Answer from the passages.'), said('user', '问 "x"\n\t\u2028 🙂')],
               'max_tokens': 300, 'temperature': 0.25},
    'history': {'messages': [said('system', 'Be brief.'), said('user', 'One?'), said('assistant', 'One.'), said('user', 'Two?'), said('user', 'Or three?'),
                             said('assistant', 'Two.'), said('user', 'And?')], 'temperature': 0},
    'tools': {'messages': [said('user', 'What is the rent?')], 'tools': [LOOK, NOW], 'max_tokens': 64},
    'results': {'messages': [said('system', 'Use tools.'), said('user', 'What is the rent?'), said('assistant', 'Let me look.', calls=CALLS),
                             said('tool', 'EUR 900', call_id='call_1'), said('tool', '12:00', call_id='call_2'), said('assistant', '', calls=[CALLS[1] | {'id': 'call_3'}]),
                             said('tool', '', call_id='call_3'), said('user', 'So?')], 'tools': [LOOK, NOW]},
    'structured': {'messages': [said('user', 'Add 1 and 2.')], 'schema': ANSWER, 'max_tokens': 64, 'temperature': 1.5},
    'empty': {'messages': [said('user', 'Say something.'), said('assistant', ''), said('user', 'Well?')]},
}


def talk(program, lines):
    run = subprocess.run([program], input=''.join(json.dumps(line) + '\n' for line in lines), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.split('\n') if line]


def refuse_body(wire, body):
    if wire == 'openai':
        return refuse(body, chat_params.CompletionCreateParamsStreaming, 'body')
    if wire == 'openai-responses':
        return refuse(body, responses_params.ResponseCreateParamsStreaming, 'body')
    if wire == 'anthropic':
        return refuse(body, anthropic_params.MessageCreateParamsStreaming, 'body')
    strange = set(body) - {'contents', 'systemInstruction', 'tools', 'generationConfig'}
    for model, values in ((gt.Content, body['contents']), (gt.Tool, body.get('tools', [])), (gt.GenerationConfig, [body.get('generationConfig', {})])):
        for value in values:
            model.model_validate(value)  # unknown keys are refused there
    return 'strange: %s' % strange if strange else None


def same(ours, theirs):
    """Equal as JSON, numbers by value. Google's servers take both spellings of a key, and its package sends one in the other."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if 'parameters_json_schema' in theirs:
            theirs = dict(theirs, parametersJsonSchema=theirs['parameters_json_schema'])
            del theirs['parameters_json_schema']
        return set(ours) == set(theirs) and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(same(a, b) for a, b in zip(ours, theirs))
    return ours == theirs


def lost(ours, theirs, where):
    """The keys of ours that a model of pydantic's did not keep: it does not know them."""
    if isinstance(ours, dict):
        return [w for k, v in ours.items() for w in (lost(v, theirs[k], where + '.' + k) if k in theirs else [where + '.' + k])]
    return [w for i, v in enumerate(ours) for w in lost(v, theirs[i], '%s[%d]' % (where, i))] if isinstance(ours, list) else []


def check_compatible(program):
    """What goes to servers that refuse a key that they do not know."""
    for url in ('https://api.groq.com/openai/v1', 'https://api.mistral.ai/v1'):
        for name, request in REQUESTS.items():
            got, = talk(program, [{'wire': 'openai', 'model': 'm', 'url': url, 'request': request}])
            body = json.loads(got['body'])
            if 'groq' in url:
                why = refuse(body, groq_params.CompletionCreateParams, 'body')
            else:
                why = lost(body, json.loads(ChatCompletionStreamRequest.model_validate(body).model_dump_json(by_alias=True)), 'body')
            assert not why, (url, name, why)


def make_requests(program):
    out = []
    check_compatible(program)
    for wire in URLS:
        for name, request in REQUESTS.items():
            line = {'wire': wire, 'model': MODELS[wire], 'url': URLS[wire], 'request': request}
            got, = talk(program, [line])
            assert got['ok'], (wire, name, got)
            body = json.loads(got['body'])
            if wire == 'anthropic':  # of API version 2023-06-01, which we speak; the package speaks 2026-10-21, which has none
                body.pop('temperature', None)
            why = refuse_body(wire, body)
            assert why is None, (wire, name, why)
            package = Wire(wire)
            package.ask(body)
            sent = package.seen[-1]
            theirs = json.loads(sent.content)
            theirs.pop('model', None) if wire == 'gemini' else None
            ours = dict(body)
            if wire == 'gemini' and ours['generationConfig'] == {}:
                ours.pop('generationConfig')
                theirs.pop('generationConfig', None)
            assert same(ours, theirs), (wire, name, 'ours:', ours, 'theirs:', theirs)
            assert str(sent.url) == got['url'], (wire, str(sent.url), got['url'])
            header, _, prefix = got['key_header'].partition(': ')
            assert wire == 'anthropic' or sent.headers[header] == prefix + KEY, (wire, got['key_header'], dict(sent.headers))
            out.append(dict(line, name=name, answer=got))
    return out


# ---- streams

def sse(event, data):
    return ('event: %s\n' % event if event else '') + 'data: %s\n\n' % data


TEXT = ['The rent', ' is ', '900 €', ', 你好', '.\n']
ARGS = ['', '{"q"', ': "mi', 'll", "n":', ' 1}']
JOINED = ''.join(TEXT)


class Chat:
    wire = 'openai'

    def __init__(self):
        self.out = ''

    def add(self, value, **more):
        base = {'id': 'c', 'created': 1, 'model': 'm', 'object': 'chat.completion.chunk', 'choices': []}
        self.out += sse(None, made_of(ChatCompletionChunk, dict(base, **value)).model_dump_json(exclude_unset=True))
        return self

    def delta(self, finish=None, **delta):
        return self.add({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish, 'logprobs': None}]})

    def text(self, pieces=TEXT):
        self.delta(role='assistant', content='', refusal=None)
        for piece in pieces:
            self.delta(content=piece)
        return self

    def call(self, index, name, id, pieces=ARGS):
        self.delta(tool_calls=[{'index': index, 'id': id, 'type': 'function', 'function': {'name': name, 'arguments': pieces[0]}}])
        for piece in pieces[1:]:
            self.delta(tool_calls=[{'index': index, 'function': {'arguments': piece}}])
        return self

    def end(self, reason, usage=(11, 22)):
        self.delta(reason)
        if usage:
            self.add({'usage': {'prompt_tokens': usage[0], 'completion_tokens': usage[1], 'total_tokens': sum(usage),
                                'completion_tokens_details': {'reasoning_tokens': 5}, 'prompt_tokens_details': {'cached_tokens': 3}}})
        self.out += 'data: [DONE]\n\n'
        return self

    def raw(self, value, event=None):
        self.out += sse(event, json.dumps(value))
        return self


def chat_streams():
    yield 'text', Chat().text().end('stop'), {}
    yield 'no usage', Chat().text().end('stop', None), {'estimated': True}
    yield 'two calls', Chat().call(0, 'look', 'a').call(1, 'now', 'b', ['', '{}']).end('tool_calls'), {}
    crossed = Chat().delta(tool_calls=[{'index': i, 'id': 'ab'[i], 'type': 'function', 'function': {'name': 'look', 'arguments': ''}} for i in (0, 1)])
    for piece in ARGS[1:]:
        crossed.delta(tool_calls=[{'index': i, 'function': {'arguments': piece}} for i in (1, 0)])
    yield 'crossed calls', crossed.end('tool_calls'), {}
    yield 'text and call', Chat().text().call(0, 'look', 'a').end('tool_calls'), {}
    yield 'refusal', Chat().delta(role='assistant', content=None, refusal='I can').delta(refusal='not.').end('stop'), {'refused': True}
    for reason, flag in (('length', 'cut'), ('content_filter', 'refused'), ('function_call', None)):
        yield reason, Chat().text().end(reason), {flag: True} if flag else {}
    yield 'call cut', Chat().call(0, 'look', 'a', ARGS[:3]).end('length'), {'error': 'ran out of tokens'}
    yield 'broken off', Chat().text(), {'error': 'broke off'}
    yield 'error', Chat().text().raw({'error': {'message': 'The server had an error', 'type': 'server_error', 'param': None, 'code': None}}), \
        {'error': 'had an error', 'passes': True}
    yield 'usage in each', Chat().add({'choices': [{'index': 0, 'delta': {'content': JOINED}, 'finish_reason': None}],
                                       'usage': {'prompt_tokens': 11, 'completion_tokens': 2, 'total_tokens': 13}}).end('stop'), {}
    logprobs = {'content': [{'token': 'x', 'logprob': -1.0, 'bytes': [120], 'top_logprobs': []}], 'refusal': None}
    audio = {'id': 'a', 'data': 'AAAA', 'transcript': 'not for the reader'}
    yield 'what is not asked for', Chat().add({'service_tier': 'default', 'system_fingerprint': 'f', 'choices': [
        {'index': 0, 'delta': {'role': 'assistant', 'content': JOINED, 'audio': audio}, 'logprobs': logprobs, 'finish_reason': None}]}).end('stop'), {}
    yield 'filter results first', Chat().add({}).text().end('stop'), {}  # as Azure begins


class Responses:
    wire = 'openai-responses'

    def __init__(self):
        self.out, self.n, self.output = '', 0, []
        for kind in ('response.created', 'response.in_progress'):
            self.add({'type': kind, 'response': self.response('in_progress')})

    def response(self, status, **more):
        return dict({'id': 'r', 'created_at': 1, 'model': 'm', 'object': 'response', 'output': list(self.output), 'parallel_tool_calls': True,
                     'tool_choice': 'auto', 'tools': [], 'status': status, 'error': None, 'incomplete_details': None}, **more)

    def add(self, value):
        value = dict(value, sequence_number=self.n)
        self.n += 1
        thing = made_of(ResponseStreamEvent, value)
        self.out += sse(value['type'], thing.model_dump_json(exclude_unset=True))
        return self

    def message(self, pieces=TEXT, kind='output_text'):
        at, key = len(self.output), 'text' if kind == 'output_text' else 'refusal'
        where = {'item_id': 'm%d' % at, 'output_index': at, 'content_index': 0}
        item = {'id': 'm%d' % at, 'type': 'message', 'role': 'assistant', 'status': 'in_progress', 'content': []}
        part = {'type': kind, 'text': '', 'annotations': []} if key == 'text' else {'type': kind, 'refusal': ''}
        lp = {'logprobs': []} if key == 'text' else {}
        self.add({'type': 'response.output_item.added', 'output_index': at, 'item': item})
        self.add(dict(where, type='response.content_part.added', part=part))
        for piece in pieces:
            self.add(dict(where, type='response.%s.delta' % kind, delta=piece, **lp))
        part[key] = ''.join(pieces)
        self.add(dict(where, type='response.%s.done' % kind, **{key: part[key]}, **lp))
        self.add(dict(where, type='response.content_part.done', part=part))
        self.output.append(dict(item, status='completed', content=[part]))
        return self.add({'type': 'response.output_item.done', 'output_index': at, 'item': self.output[-1]})

    def call(self, name, id, pieces=ARGS, done=True, deltas=True):
        at = len(self.output)
        where = {'item_id': 'f%d' % at, 'output_index': at}
        item = {'id': 'f%d' % at, 'type': 'function_call', 'call_id': id, 'name': name, 'arguments': '', 'status': 'in_progress'}
        self.add({'type': 'response.output_item.added', 'output_index': at, 'item': item})
        for piece in pieces if deltas else []:
            self.add(dict(where, type='response.function_call_arguments.delta', delta=piece))
        self.output.append(dict(item, arguments=''.join(pieces), status='completed'))
        if done:
            self.add(dict(where, type='response.function_call_arguments.done', arguments=''.join(pieces)))
            self.add({'type': 'response.output_item.done', 'output_index': at, 'item': self.output[-1]})
        return self

    def end(self, status='completed', usage=(11, 22), **more):
        if usage:
            more['usage'] = {'input_tokens': usage[0], 'output_tokens': usage[1], 'total_tokens': sum(usage),
                             'input_tokens_details': {'cached_tokens': 3, 'cache_write_tokens': 0}, 'output_tokens_details': {'reasoning_tokens': 5}}
        return self.add({'type': 'response.' + status, 'response': self.response(status, **more)})

    def raw(self, value, event=None):
        self.out += sse(event, json.dumps(value))
        return self

    def noise(self):
        """One of each kind of event that is none of ours."""
        mine = ('response.created', 'response.in_progress', 'response.output_text.', 'response.refusal.', 'response.function_call_arguments.',
                'response.output_item.', 'response.content_part.', 'response.completed', 'response.incomplete', 'response.failed', 'error')
        for model in members(ResponseStreamEvent):
            value = example(model)
            if not value['type'].startswith(mine) or 'annotation' in value['type']:
                if 'output_index' in value:
                    value['output_index'] = 0
                self.add(value)
        return self


def responses_streams():
    yield 'text', Responses().message().end(), {}
    yield 'no usage', Responses().message().end(usage=None), {'estimated': True}
    yield 'two calls', Responses().call('look', 'a').call('now', 'b', ['{}']).end(), {}
    yield 'call at once', Responses().call('look', 'a', [''.join(ARGS)], deltas=False).end(), {}
    yield 'text and call', Responses().message().call('look', 'a').end(), {}
    yield 'refusal', Responses().message(['I can', 'not.'], 'refusal').end(), {'refused': True}
    for reason in ('max_output_tokens', 'max_messages', 'content_filter'):
        yield reason, Responses().message().end('incomplete', incomplete_details={'reason': reason}), \
            {'refused' if reason == 'content_filter' else 'cut': True}
    yield 'call cut', Responses().call('look', 'a', ARGS[:3], done=False).end('incomplete', incomplete_details={'reason': 'max_output_tokens'}), \
        {'error': 'ran out of tokens'}
    yield 'broken off', Responses().message(), {'error': 'broke off'}
    yield 'failed', Responses().message().end('failed', error={'code': 'rate_limit_exceeded', 'message': 'Slow down'}), {'error': 'Slow down', 'passes': True}
    yield 'failed for good', Responses().end('failed', error={'code': 'invalid_prompt', 'message': 'No'}), {'error': 'No'}
    yield 'error', Responses().message().add({'type': 'error', 'code': 'server_error', 'message': 'Ouch', 'param': None}), {'error': 'Ouch', 'passes': True}
    noisy = Responses().message(['The rent']).noise()
    noisy.out += sse('response.of_next_year', '{"type":"response.of_next_year","delta":"no","output_index":0}')
    yield 'every kind of event', noisy.message(TEXT[1:]).end(), {'package': False, 'text': JOINED}


class Messages:
    wire = 'anthropic'

    def __init__(self, usage=None, event=True):
        self.out, self.n = '', 0
        usage = usage or {'input_tokens': 5, 'cache_creation_input_tokens': 4, 'cache_read_input_tokens': 2, 'output_tokens': 1}
        self.add({'type': 'message_start', 'message': {'id': 'm', 'type': 'message', 'role': 'assistant', 'model': 'm', 'content': [],
                                                       'stop_reason': None, 'stop_sequence': None, 'usage': usage}})
        self.ping()

    def add(self, value):
        thing = made_of(RawMessageStreamEvent, value)
        self.out += sse(value['type'], thing.model_dump_json(exclude_unset=True))
        return self

    def ping(self):
        self.out += sse('ping', '{"type": "ping"}')
        return self

    def block(self, block, *deltas):
        self.add({'type': 'content_block_start', 'index': self.n, 'content_block': block})
        for delta in deltas:
            self.add({'type': 'content_block_delta', 'index': self.n, 'delta': delta})
        self.add({'type': 'content_block_stop', 'index': self.n})
        self.n += 1
        return self.ping()

    def text(self, pieces=TEXT):
        return self.block({'type': 'text', 'text': ''}, *[{'type': 'text_delta', 'text': p} for p in pieces])

    def call(self, name, id, pieces=ARGS):
        return self.block({'type': 'tool_use', 'id': id, 'name': name, 'input': {}}, *[{'type': 'input_json_delta', 'partial_json': p} for p in pieces])

    def end(self, reason, stop=True, **more):
        self.add({'type': 'message_delta', 'delta': dict({'stop_reason': reason, 'stop_sequence': None}, **more), 'usage': {'output_tokens': 22}})
        return self.add({'type': 'message_stop'}) if stop else self

    def raw(self, value, event=None):
        self.out += sse(event, json.dumps(value))
        return self

    def noise(self):
        start, = [m for m in members(RawMessageStreamEvent) if type_of(m) == 'content_block_start']
        delta, = [m for m in members(RawMessageStreamEvent) if type_of(m) == 'content_block_delta']
        deltas = [example(d) for d in members(delta.model_fields['delta'].annotation) if type_of(d) not in ('text_delta', 'input_json_delta')]
        for block in members(start.model_fields['content_block'].annotation):
            if type_of(block) in ('text', 'tool_use'):
                continue
            more = [{'type': 'input_json_delta', 'partial_json': '{"query": "no"}'}] if type_of(block) == 'server_tool_use' else []
            self.block(example(block), *(more if more else [d for d in deltas if type_of(block) == 'thinking' and d['type'] != 'citations_delta']))
        return self.block({'type': 'text', 'text': ''}, *[d for d in deltas if d['type'] == 'citations_delta'])


def messages_streams():
    yield 'text', Messages().text().end('end_turn'), {}
    yield 'two calls', Messages().call('look', 'a').call('now', 'b', ['']).end('tool_use'), {}
    yield 'text and call', Messages().text().call('look', 'a').end('tool_use'), {}
    reasons = typing_extensions.get_args(anthropic.types.StopReason)
    cuts = ('max_tokens', 'model_context_window_exceeded', 'pause_turn')
    for reason in reasons:
        yield reason, Messages().text().end(reason), {'cut': True} if reason in cuts else {'refused': True} if reason == 'refusal' else {}
    yield 'refusal explained', Messages().end('refusal', stop_details={'type': 'refusal', 'category': 'cyber', 'explanation': 'No.'}), {'refused': True}
    yield 'call cut', Messages().call('look', 'a', ARGS[:3]).end('max_tokens'), {'error': 'ran out of tokens'}
    yield 'broken off', Messages().text(), {'error': 'broke off'}
    yield 'error', Messages().text().raw({'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}, 'request_id': 'r'}, 'error'), \
        {'error': 'Overloaded', 'passes': True}
    for kind, passes in (('invalid_request_error', False), ('authentication_error', False), ('permission_error', False), ('not_found_error', False),
                         ('rate_limit_error', True), ('timeout_error', True), ('api_error', True), ('billing_error', False)):
        yield kind, Messages().raw({'type': 'error', 'error': {'type': kind, 'message': 'As it is'}}, 'error'), {'error': 'As it is', 'passes': passes}
    whole = Messages({'input_tokens': 3, 'cache_creation_input_tokens': 6, 'cache_read_input_tokens': 2, 'output_tokens': 1}).text()
    whole.add({'type': 'message_delta', 'delta': {'stop_reason': 'end_turn'}, 'usage': {'input_tokens': 3, 'output_tokens': 22}})
    yield 'usage without the cache behind', whole.add({'type': 'message_stop'}), {}
    noisy = Messages().text(['The rent']).noise()
    noisy.out += sse('of_next_year', '{"type":"of_next_year","delta":{"type":"text_delta","text":"no"}}')
    noisy.out += sse('content_block_start', '{"type":"content_block_start","index":90,"content_block":{"type":"hologram","text":"no"}}')
    noisy.out += sse('content_block_delta', '{"type":"content_block_delta","index":90,"delta":{"type":"hologram_delta","text":"no"}}')
    yield 'every kind of block', noisy.text(TEXT[1:]).end('end_turn'), {'package': False, 'text': JOINED}


class Gemini:
    wire = 'gemini'

    def __init__(self):
        self.out = ''

    def add(self, value):
        thing = gt.GenerateContentResponse.model_validate(value)
        self.out += sse(None, thing.model_dump_json(exclude_unset=True, by_alias=True)).replace('\n', '\r\n')
        return self

    def parts(self, *parts, finish=None, usage=(11, 2)):
        candidate = {'index': 0, 'content': {'role': 'model', 'parts': list(parts)}}
        if finish:
            candidate['finishReason'] = finish
        value = {'candidates': [candidate], 'modelVersion': 'm', 'responseId': 'r'}
        if usage:
            value['usageMetadata'] = {'promptTokenCount': usage[0], 'candidatesTokenCount': usage[1], 'totalTokenCount': sum(usage)}
        return self.add(value)

    def text(self, pieces=TEXT, finish=None):
        for piece in pieces:
            self.parts({'text': piece}, finish=finish)
        return self

    def call(self, name, id=None, args=None):
        call = {'name': name}
        call.update({'id': id} if id else {})
        call.update({'args': args} if args is not None else {})
        return self.parts({'functionCall': call, 'thoughtSignature': 'AAAA'})

    def end(self, reason='STOP', usage=True):
        value = {'candidates': [{'index': 0, 'content': {'role': 'model', 'parts': [{'text': ''}]}, 'finishReason': reason}]}
        if usage:
            value['usageMetadata'] = {'promptTokenCount': 9, 'toolUsePromptTokenCount': 2, 'candidatesTokenCount': 20, 'thoughtsTokenCount': 2, 'totalTokenCount': 33}
        return self.add(value)

    def raw(self, value, event=None):
        self.out += sse(event, json.dumps(value))
        return self


def gemini_streams():
    q = {'q': 'mill', 'n': 1}
    yield 'text', Gemini().text().end(), {}
    yield 'no usage', Gemini().parts({'text': JOINED}, finish='STOP', usage=None), {'estimated': True}
    yield 'an end in each', Gemini().text(finish='STOP').end(), {}  # as the first generations send it
    yield 'two calls', Gemini().call('look', 'a', q).call('now', 'b').end(), {}
    yield 'calls without ids', Gemini().parts({'functionCall': {'name': 'look', 'args': q}}, {'functionCall': {'name': 'look', 'args': q}}).end(), {}
    yield 'text and call', Gemini().text().call('look', 'a', q).end(), {}
    refusals = ('SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'ESCALATION', 'MODEL_ARMOR', 'PUP_LIMITED_DISABLED',
                'IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION')
    for reason in gt.FinishReason:
        r = reason.value
        more = {} if r == 'STOP' else {'cut': True} if r in ('MAX_TOKENS', 'CONTINUATION') else {'refused': True} if r in refusals else {'error': 'no usable reason'}
        if r != 'FINISH_REASON_UNSPECIFIED':  # the same as none
            yield r, Gemini().text().end(r), more
    yield 'unspecified', Gemini().text(finish='FINISH_REASON_UNSPECIFIED').end(), {}
    for reason in gt.BlockedReason:
        yield 'blocked ' + reason.value, Gemini().add({'promptFeedback': {'blockReason': reason.value}, 'usageMetadata': {'promptTokenCount': 11}}), \
            {'refused': True, 'package': False, 'text': ''}
    thinking = Gemini().parts({'text': 'not for the reader', 'thought': True}, usage=None)
    thinking.add({'candidates': [{'finishReason': 'MAX_TOKENS'}], 'usageMetadata': {'promptTokenCount': 11, 'thoughtsTokenCount': 22}})
    yield 'thoughts to the end', thinking, {'cut': True}
    yield 'broken off', Gemini().text(), {'error': 'broke off'}
    yield 'error', Gemini().text().raw({'error': {'code': 503, 'message': 'Overloaded', 'status': 'UNAVAILABLE'}}), {'error': 'Overloaded', 'passes': True}
    for code, status, passes in ((400, 'INVALID_ARGUMENT', False), (403, 'PERMISSION_DENIED', False), (429, 'RESOURCE_EXHAUSTED', True), (504, 'DEADLINE_EXCEEDED', True)):
        yield status, Gemini().raw({'error': {'code': code, 'message': 'As it is', 'status': status}}), {'error': 'As it is', 'passes': passes}
    others = [{name: example(field.annotation)} for name, field in gt.Part.model_fields.items()
              if name in ('code_execution_result', 'executable_code', 'file_data', 'inline_data', 'tool_call', 'tool_response', 'video_metadata', 'thought_signature')]
    assert len(others) == 8, others
    noisy = Gemini().parts({'text': 'The rent'}, *others)
    noisy.add({'candidates': [{'index': 0, 'citationMetadata': {}, 'groundingMetadata': {}, 'safetyRatings': [{'category': 'HARM_CATEGORY_HARASSMENT', 'probability': 'LOW'}]}]})
    noisy.out += sse(None, '{"candidates":[{"content":{"parts":[{"hologram":{"text":"no"}}]}}],"ofNextYear":{"text":"no"}}')
    yield 'every kind of part', noisy.text(TEXT[1:]).end(), {'package': False, 'text': JOINED}


class Scripted:
    """What the scripted cloud of our end to end tests says."""

    def __init__(self, wire, **how):
        self.wire, self.out = wire, cloud_server.Wire(wire).whole(JOINED, **how)


def scripted_streams():
    calls = [('look', json.dumps({'q': 'mill', 'n': 1})), ('now', '{}')]
    for wire in cloud_server.WIRES:
        yield 'scripted text', Scripted(wire), {}
        yield 'scripted calls', Scripted(wire, reason='tools', calls=calls), {}
        yield 'scripted cut', Scripted(wire, reason='length'), {'cut': True}


EMPTY = {'cut': False, 'refused': False, 'estimated': False}


def agree(name, wire, got, theirs):
    assert got['text'] == theirs['text'], (wire, name, got, theirs)
    ours = [[c['id'], c['name'], json.loads(c['arguments'])] for c in got['calls']]
    others = [[i, n, json.loads(a or '{}')] for i, n, a in theirs['calls']]
    assert len(ours) == len(others) and all(o[1:] == t[1:] and (o[0] == t[0] or not t[0]) for o, t in zip(ours, others)), (wire, name, ours, others)
    if theirs['in'] is not None:
        assert (got['tokens_in'], got['tokens_out']) == (theirs['in'], theirs['out']), (wire, name, got, theirs)


def check_stream(name, kind, stream, want, program):
    line = {'wire': kind, 'stream': stream}
    got, = talk(program, [line])
    if 'error' in want:
        assert not got['ok'] and want['error'] in got['error'] and got['passes'] == want.get('passes', False), (kind, name, want, got)
    else:
        assert got['ok'], (kind, name, got)
        for key, value in EMPTY.items():
            assert got[key] == want.get(key, value), (kind, name, key, want, got)
        if want.get('package', True):
            agree(name, kind, got, Wire(kind, stream.encode()).hears())
        else:
            assert got['text'] == want['text'], (kind, name, got)
    return dict(line, name=name, answer=got)


def make_streams(program):
    out, bad = [], 0
    for source in (chat_streams, responses_streams, messages_streams, gemini_streams, scripted_streams):
        for name, said, want in source():
            try:
                out.append(check_stream(name, said.wire, said.out, want, program))
            except Exception as why:
                bad += 1
                print('%s, %s: %s %s' % (said.wire, name, type(why).__name__, str(why)[:1500]))
    assert not bad, '%d streams are understood otherwise than the packages do' % bad
    return out


def main():
    program = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), 'wires')
    by = {name: importlib.metadata.version(name) for name in ('openai', 'anthropic', 'google-genai', 'groq', 'mistralai')}
    for kind, make in (('requests', make_requests), ('streams', make_streams)):
        rows = make(program)
        with open(os.path.join(folder, kind + '.jsonl'), 'w', encoding='utf-8') as f:
            for row in [{'made by': 'wires_make.py', 'with': by}] + rows:
                f.write(json.dumps(row, ensure_ascii=False) + '\n')
        print('%d %s: the packages agree' % (len(rows), kind))


if __name__ == '__main__':
    main()
