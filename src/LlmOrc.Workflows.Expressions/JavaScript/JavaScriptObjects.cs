using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Short forms for putting functions of ours on objects of the interpreter.</summary>
internal static class JavaScriptObjects
{
    /// <summary>Puts a function on an object the way built-in functions are: writable, configurable, not enumerated.</summary>
    public static void Replace(this ObjectInstance owner, JsValue key, int length, Func<JsValue, JsValue[], JsValue> body) =>
        owner.DefineOwnProperty(
            key,
            new PropertyDescriptor(
                new ClrFunction(owner.Engine, key is JsSymbol ? "" : key.ToString(), body, length), writable: true, enumerable: false, configurable: true));
}
