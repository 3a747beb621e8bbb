using Jint;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests.JavaScript;

/// <summary>Functions that the sandbox replaced answer as the interpreter's own do.</summary>
public sealed class GuardedFunctionsTests
{
    private static readonly JavaScriptSandbox Sandbox = new();

    [Theory]
    [InlineData("'abc'.repeat(3) + 'a'.repeat(0) + ''.repeat(5) + 'x'.repeat('2') + 'y'.repeat()")]
    [InlineData("['a'.padStart(4), 'a'.padEnd(4, 'xy'), 'abc'.padStart(2), 'a'.padStart(3, ''), 'a'.padEnd('3')]")]
    [InlineData("'a'.concat('b', 1, null, [2, 3], { toString() { return 'o' } })")]
    [InlineData("['aXbX'.replace(/X/g, '$&$&'), 'aXbX'.replace(/X/, '[$`]'), 'aXbX'.replace('X', \"$'\"), 'aXbX'.replaceAll('X', '$$')]")]
    [InlineData("'2020-01-02'.replace(/(?<y>\\d+)-(?<m>\\d+)/, '$<m>/$<y>/$1/$2/$3/$10/$<none>')")]
    [InlineData("'2020-01-02'.replace(/(\\d+)-(\\d+)/g, '$2/$1/$3/$01/$0')")]
    [InlineData("'abc'.replace(/(?<l>b)|(z)/g, (...a) => JSON.stringify(a))")]
    [InlineData("'abcabc'.replace(/b/g, (m, at, all) => at + all[at])")]
    [InlineData("'aaa'.replace(/a/y, 'b') + 'baa'.replace(/a/gy, 'c') + 'AbC'.replace(/[a-z]/gi, 'x') + '😀a'.replace(/./gu, 'x')")]
    [InlineData("'abc'.replace(/x*/g, '-') + 'abc'.replace('', '-') + 'abc'.replaceAll('', '-')")]
    [InlineData("try { 'abc'.replaceAll(/b/, 'x') } catch (e) { e.name }")]
    [InlineData("const r = /b/g; r.lastIndex = 2; ['abcb'.replace(r, 'x'), r.lastIndex]")]
    [InlineData("['a,b;c'.split(/[,;]/), 'a,b'.split(/(,)/), 'abc'.split(/(b)?/), 'abc'.split(/x*/), ''.split(/,/), ''.split(/x*/), ',a,'.split(/,/)]")]
    [InlineData("['a-b-c'.split('-', 2), 'a1b2c'.split(/\\d/, 2), 'a1b2c'.split(/(\\d)/, 2), 'abc'.split(''), 'abc'.split(), 'a1b'.split(/\\d/, 0)]")]
    [InlineData("['aAbB'.split(/[a-b]/i), '😀a'.split(/(?:)/u), 'aab'.split(/a/y)]")]
    [InlineData("['a1b2'.match(/\\d/g), 'ab'.match(/\\d/g), 'a1b2'.match(/(\\d)/).slice(), 'aaa'.match(/a*?/g), 'AbC'.match(/[a-z]/gi), 'a.b'.match('.')[0]]")]
    [InlineData("[...'a1b2'.matchAll(/([a-z])(\\d)/g)].map(m => m[1] + m[2] + m.index)")]
    [InlineData("const r = /a/g; [r.test('aa'), r.lastIndex, r.exec('aa').index, r.test('aa'), r.lastIndex, 'xay'.search(/a/)]")]
    [InlineData("[[1, [2, [3]]].join('-'), [null, undefined, , 1].join(), [1, 2] + '', String([]), [1, 2].join(undefined), Array.prototype.join.call('abc', '-'), [1.5, 'é'].toLocaleString()]")]
    [InlineData("const a = [1]; a.push(a); a.join() + a")]
    [InlineData("Array.prototype.join.call({ length: 3, 0: 'a', 2: 'c' }, '+')")]
    [InlineData("JSON.stringify({ a: [1, { b: 'x\\n\"' }], c: undefined, d: () => 1, e: null, f: NaN, g: new Date(0), h: '\\u0007' })")]
    [InlineData("JSON.stringify({ a: [1, { b: 2 }], e: [], o: {} }, null, 2) + JSON.stringify([1, [2]], null, '--')")]
    [InlineData("JSON.stringify({ a: 1, b: { a: 2, c: 3 } }, ['a', 'b']) + JSON.stringify({ a: 1, b: [2] }, (k, v) => typeof v === 'number' ? v + 1 : v)")]
    [InlineData("[JSON.stringify(undefined), JSON.stringify(() => 1), JSON.stringify('a'), JSON.stringify(null), JSON.stringify(Object('s'))]")]
    [InlineData("JSON.stringify({ toJSON(k) { return 'k' + k } }) + JSON.stringify({ x: { toJSON(k) { return k } } })")]
    [InlineData("JSON.stringify('\\ud800 \\u2028')")]
    [InlineData("encodeURIComponent('ä b&') + encodeURI('ä b&') + escape('ä b') + 'e\\u0301'.normalize() + 'é'.normalize('NFD').length")]
    [InlineData("try { encodeURIComponent('\\ud800') } catch (e) { e.name }")]
    [InlineData("try { 'a'.repeat(-1) } catch (e) { e.name + e.message }")]
    [InlineData("try { String.prototype.repeat.call(null, 1) } catch (e) { e.name }")]
    [InlineData("try { String.prototype.replace.call(undefined, 'a', 'b') } catch (e) { e.name }")]
    [InlineData("[...[1, 2].entries()].toString() + [...new Map([[1, 2]]).keys()] + [1, 2].values().toArray()")]
    public void The_guarded_function_answers_as_the_native_one(string source)
    {
        var expected = new Engine().Evaluate("JSON.stringify((() => { " + AsReturn(source) + " })())").ToString();
        var actual = Sandbox.Run("JSON.stringify((() => { " + AsReturn(source) + " })())").GetString();
        Assert.Equal(expected, actual);
    }

    /// <summary>Puts a return before the last statement.</summary>
    private static string AsReturn(string source)
    {
        if (source.StartsWith("try", StringComparison.Ordinal))
        {
            return source.Replace("try { ", "try { return ", StringComparison.Ordinal).Replace("catch (e) { ", "catch (e) { return ", StringComparison.Ordinal);
        }

        var last = source.StartsWith("const", StringComparison.Ordinal) ? source.LastIndexOf("; ", StringComparison.Ordinal) + 2 : 0;
        return source.Insert(last, "return ");
    }
}
