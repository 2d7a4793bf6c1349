//! rig as a peer: llmspell-bench-rig TASK PORT SHAPE COUNT WARM [plain], like the Lua clients.

use anyhow::{Context, Result, bail, ensure};
use futures::StreamExt;
use rig_core::completion::{CompletionRequest, ToolDefinition};
use rig_core::driver::Model;
use rig_core::message::Message;
use rig_core::providers::openai::OpenAIConfig;
use rig_core::providers::openai::wire::Chat;
use rig_core::streaming::{Item, StreamEvent};
use std::time::Instant;

const QUESTION: &str = "What is the answer?";

struct Client {
    model: Model<Chat>,
    plain: bool,
    tools: Vec<ToolDefinition>,
    expected: String,
    /// Pieces that the text must come in, when that is the task.
    deltas: Option<usize>,
}

impl Client {
    async fn once(&self) -> Result<()> {
        let mut messages = vec![Message::user(QUESTION)];
        loop {
            let last = messages.pop().context("a message to send")?;
            let request = CompletionRequest::new(last.clone()).messages(messages.clone()).tools(self.tools.clone());
            messages.push(last);
            let response = if self.plain {
                self.model.call(request).await?
            } else {
                let mut stream = self.model.stream(request)?;
                let mut pieces = 0;
                while let Some(item) = stream.next().await {
                    pieces += usize::from(matches!(item?, Item::Event(StreamEvent::Text { .. })));
                }
                ensure!(self.deltas.is_none_or(|deltas| deltas == pieces), "{pieces} pieces");
                stream.finish().await?
            };
            let calls: Vec<_> = response.tool_calls().cloned().collect();
            if calls.is_empty() {
                ensure!(response.text() == self.expected, "answer {:?}", response.text());
                return Ok(());
            }
            messages.push(response.message().context("a turn")?);
            for call in calls {
                let arguments = call.function.arguments_value();
                let number = |name: &str| arguments.get(name).and_then(serde_json::Value::as_i64).context("a number");
                let sum = number("a")? + number("b")?;
                messages.push(Message::tool_result(call.id, call.function.name, sum.to_string()));
            }
        }
    }
}

/// CPU of this process in microseconds.
fn cpu_us() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

async fn measure(arguments: &[String]) -> Result<()> {
    let [task, port, shape, count, warm, form @ ..] = arguments else { bail!("TASK PORT SHAPE COUNT WARM [plain]") };
    let digits: String = shape.trim_start_matches('d').chars().take_while(char::is_ascii_digit).collect();
    let deltas: usize = digits.parse()?;
    let config = OpenAIConfig::new("sk-bench").with_base_url(format!("http://127.0.0.1:{port}/{shape}/v1"));
    let tool = || -> Result<ToolDefinition> {
        let number = serde_json::json!({"type": "number"});
        let schema =
            serde_json::json!({"type": "object", "properties": {"a": number, "b": number}, "required": ["a", "b"]});
        Ok(ToolDefinition::new("add".try_into()?, "Adds two numbers", schema))
    };
    let client = Client {
        model: config.client().chat("gpt-4o"),
        plain: form.first().is_some_and(|form| form == "plain"),
        tools: if task == "tool" { vec![tool()?] } else { Vec::new() },
        expected: (0..deltas).map(|index| format!(" w{index:04}")).collect(),
        deltas: (task == "stream").then_some(deltas),
    };
    for _ in 0..warm.parse()? {
        client.once().await?;
    }
    let count: u32 = count.parse()?;
    let (cpu, wall) = (cpu_us(), Instant::now());
    for _ in 0..count {
        client.once().await?;
    }
    let (cpu, wall) = (cpu_us() - cpu, wall.elapsed().as_secs_f64() * 1e6);
    println!("{{\"count\":{count},\"wall_us\":{wall:.3},\"cpu_us\":{cpu:.3}}}");
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&arguments))
}
