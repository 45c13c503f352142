using System.Text.Json.Nodes;
using LinearScaling.Text;

namespace LinearScaling.Tests.Text;

public sealed class TokenizerFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("$.model.merges", """["a b", "b q"]""", "model.merges[1]: 'q' is not in the vocabulary")]
    [InlineData("$.model.merges", """["b a"]""", "model.merges[0]: 'ba' is not in the vocabulary")]
    [InlineData("$.model.merges", """[["a"]]""", "model.merges[0]: is not a pair of tokens")]
    [InlineData("$.model.merges", """[7]""", "model.merges[0]: is not a pair of tokens")]
    [InlineData("$.model.merges", """{}""", "model: merges is not a list")]
    [InlineData("$.model.vocab", """{}""", "model: vocab is empty")]
    [InlineData("$.model.vocab", """{"a": -1}""", "model.vocab: a is not a number from 0 to 16777215")]
    [InlineData("$.model.vocab", """{"a": 99999999}""", "model.vocab: a is not a number from 0 to 16777215")]
    [InlineData("$.model.vocab", """{"a": 0, "b": 0}""", "model: vocab: 'a' and 'b' have one id, 0")]
    [InlineData("$.model.vocab", """[]""", "model: has no object 'vocab'")]
    [InlineData("$.model.type", "\"Unigram\"", "a tokenizer of type Unigram; lcs reads those of type BPE")]
    [InlineData("$.model.dropout", "0.1", "model: dropout is set; lcs does not do it: set it to null")]
    [InlineData("$.model.end_of_word_suffix", "\"</w>\"", "model: end_of_word_suffix is '</w>'; lcs reads tokenizers")]
    [InlineData("$.model.continuing_subword_prefix", "\"##\"", "continuing_subword_prefix is '##'")]
    [InlineData("$.model.unk_token", "\"[UNK]\"", "model: unk_token '[UNK]' is not in the vocabulary")]
    [InlineData("$.model.new_key", "1", "model: has the key 'new_key', which lcs does not know")]
    [InlineData("$.truncation", """{"max_length": 8}""", "truncation is set; lcs does not do it: set it to null")]
    [InlineData("$.new_key", "1", "has the key 'new_key', which lcs does not know")]
    [InlineData("$.added_tokens[1].lstrip", "true", "added_tokens[1]: lstrip is true; lcs cuts added tokens out")]
    [InlineData("$.added_tokens[1].single_word", "true", "added_tokens[1]: single_word is true")]
    [InlineData("$.added_tokens[1].id", "3", "added tokens '<|endoftext|>' and 'ADDED' have one id")]
    [InlineData("$.added_tokens[1].content", "\"a\"", "added token 'a' has id 4, in the vocabulary 0")]
    [InlineData("$.added_tokens[1].content", "5", "added_tokens[1]: content is not a text")]
    [InlineData("$.pre_tokenizer.add_prefix_space", "true", "lcs does not know this pre-tokenizer")]
    [InlineData("$.pre_tokenizer", "7", "lcs does not know this pre-tokenizer")]
    [InlineData("$.normalizer", "\"x\"", "lcs does not know this normalizer")]
    public void What_lcs_does_not_do_is_refused_by_name(string path, string value, string message)
    {
        var e = Assert.Throws<LinearScalingException>(() => Open(Changed(path, value)));
        Assert.StartsWith(Path.Combine(folder, "tokenizer.json") + ": ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "model": {}}""")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": [["\ud800", "a"]]}}""")]
    public void What_is_no_tokenizer_is_one_line(string text)
    {
        var e = Assert.Throws<LinearScalingException>(() => Open(text));
        Assert.DoesNotContain('\n', e.Message);
    }

    /// <summary>Ids by the Hugging Face library: bytes that the vocabulary lacks are left out, and what stands around
    /// them is merged; with an unknown token they are that, one for all in a row where it is fused.</summary>
    [Theory]
    [InlineData("{}", "axb xx", new[] { 2 })]
    [InlineData("""{"unk_token": "?"}""", "axxb", new[] { 0, 5, 5, 1 })]
    [InlineData("""{"unk_token": "?", "fuse_unk": true}""", "axxb", new[] { 0, 5, 1 })]
    public void Bytes_that_the_vocabulary_lacks(string model, string text, int[] ids)
    {
        var json = JsonNode.Parse(Whole)!;
        foreach (var (key, value) in JsonNode.Parse(model)!.AsObject().ToList())
            json["model"]![key] = value!.DeepClone();
        Assert.Equal(ids, Open(json.ToJsonString()).Encode(text));
    }

    [Fact]
    public void Marks_by_the_thousand_are_normalized_at_once()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000));
        var normal = Nfc.Normalize(text);
        Assert.StartsWith("\u1ea1\u0323", normal, StringComparison.Ordinal); // the dots below come first, one composes
        Assert.Equal(text.Length - 1, normal.Length);
    }

    private const string Whole = """
        {
          "version": "1.0", "truncation": null, "padding": null,
          "added_tokens": [
            {"id": 3, "content": "<|endoftext|>", "special": true, "lstrip": false},
            {"id": 4, "content": "ADDED", "special": false, "normalized": true}
          ],
          "normalizer": null,
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
          "post_processor": null, "decoder": null,
          "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false,
            "vocab": {"a": 0, "b": 1, "ab": 2, "?": 5}, "merges": ["a b"]
          }
        }
        """;

    private static string Changed(string path, string value)
    {
        var json = JsonNode.Parse(Whole)!;
        var keys = path[2..].Split('.');
        var at = json;
        foreach (var key in keys[..^1])
            at = key.EndsWith(']') ? at[key[..key.IndexOf('[')]]![int.Parse(key[^2..^1], null)]! : at[key]!;
        at[keys[^1]] = JsonNode.Parse(value);
        return json.ToJsonString();
    }

    private JsonTokenizer Open(string json)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, json);
        return new(path);
    }
}
