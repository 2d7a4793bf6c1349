// ESM usage
import { Agent, createTool } from '@rs/llmspell';

// Create tools
const calculatorTool = createTool({
    name: 'calculator',
    description: 'Perform mathematical calculations',
    schema: {
        type: 'object',
        properties: {
            expression: { type: 'string' }
        }
    },
    execute: (params) => {
        return eval(params.expression);
    }
});

// Create agent
const agent = new Agent({
    systemPrompt: 'You are a math tutor',
    provider: 'openai',
    model: 'gpt-4',
    tools: [calculatorTool]
});

// Use agent
const response = await agent.chat('What is the square root of 144?');
console.log('Agent:', response);
